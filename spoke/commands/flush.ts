import { join } from "node:path";
import type { Command } from "commander";
import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import { endWith, Failure } from "#shared/cli/failure.js";
import { printable } from "#shared/cli/io.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { parseDuration, parseSize } from "#shared/cli/units.js";
import { askDaemon } from "#shared/io/control.js";
import { takeLock } from "#shared/io/lock.js";
import { createLog } from "#shared/log/log.js";
import { loadSpokeConfig, type SpokeConfig } from "#spoke/config.js";
import { openSpokeDirectory } from "#spoke/directory/directory.js";
import { openLockFile } from "#spoke/directory/open.js";
import type { FlushProgress, FlushReport } from "#spoke/flush.js";
import { type Outlook, summaryText } from "#spoke/flush-summary.js";
import { lookAhead } from "#spoke/look-ahead.js";
import { openSpoke, type SpokeNode } from "#spoke/node.js";
import { showFlush } from "#spoke/show-flush.js";
import { type FlushRequest, type FlushSignals, startFlush } from "#spoke/start-flush.js";

interface Flags {
  readonly link?: string;
  readonly connect?: string;
  readonly for?: string;
  readonly budget?: string;
  readonly qmtp?: boolean;
  readonly quiet?: boolean;
}

export function register(parent: Command, io: Io): void {
  const command = parent
    .command("flush")
    .description("one window, now: send what waits, fetch what the hub has; works with the daemon down too")
    .option("--link <name>", "which [[link]] of spoke.toml; tried in their order when absent")
    .option("--connect <host:port>", "this address instead of the link's")
    .option("--for <time>", "how long the window lasts, such as 15m")
    .option("--budget <size>", "bytes on the wire at the most, such as 200k")
    .option("--qmtp", "plain QMTP to a stock peer: only send")
    .option("--quiet", "say nothing when there is no link");
  describe(
    command,
    ["qrelay spoke flush --for 15m", "qrelay spoke flush --link hf --budget 200k --json"],
    [
      [EXIT.unreachable, "no link"],
      [EXIT.tempFail, "something is left, or another flush is under way"],
      [EXIT.notPermitted, "the hub refused our key"],
      [EXIT.config, "spoke.toml cannot be used"],
    ],
  );
  command.action(async (flags: Flags) => {
    const g = globals(command);
    const config = loadSpokeConfig(dataFolder(io, g, "spoke"));
    const request = requestOf(flags);
    const screen = g.json ? undefined : showFlush(io, flags.quiet === true, () => performance.now());
    const signals = onInterrupt((line) => screen?.say(line));
    let report: FlushReport;
    try {
      report = await flushOnce(config, request, signals, screen?.show);
    } finally {
      screen?.end();
      signals.release();
    }
    const silent = flags.quiet === true && report.ended === "unreachable" && !g.json;
    if (!silent) answer(io, g, g.json ? "" : summaryText(report, await outlookOf(io, config, report)), report);
    endWith(exitOf(report));
  });
}

/** The first ctrl-C ends the window cleanly, the second breaks it off; a third kills this process as ever. */
function onInterrupt(say: (line: string) => void): Required<FlushSignals> & { release(): void } {
  const stop = new AbortController();
  const abort = new AbortController();
  const interrupted = (): void => {
    if (stop.signal.aborted) {
      process.removeListener("SIGINT", interrupted);
      abort.abort();
      return;
    }
    say("Ending the session; press ctrl-C again to break off");
    stop.abort();
  };
  process.on("SIGINT", interrupted);
  return {
    signal: stop.signal,
    abort: abort.signal,
    release: () => void process.removeListener("SIGINT", interrupted),
  };
}

function requestOf(flags: Flags): FlushRequest {
  const forMs = flags.for === undefined ? undefined : parseDuration(flags.for);
  const budget = flags.budget === undefined ? undefined : parseSize(flags.budget);
  if (flags.for !== undefined && !forMs)
    throw new Failure(EXIT.usage, `Cannot flush for "${flags.for}": give a time such as 15m`);
  if (flags.budget !== undefined && budget === undefined)
    throw new Failure(EXIT.usage, `Cannot keep to a budget of "${flags.budget}": give a size such as 200k`);
  return {
    ...(flags.link === undefined ? {} : { link: flags.link }),
    ...(flags.connect === undefined ? {} : { connect: flags.connect }),
    ...(forMs === undefined ? {} : { forMs }),
    ...(budget === undefined ? {} : { budget }),
    ...(flags.qmtp === undefined ? {} : { plain: flags.qmtp }),
  };
}

/** The daemon does it when there is one, so that one process works on the queue; otherwise this process does. */
async function flushOnce(
  config: SpokeConfig,
  request: FlushRequest,
  signals: Required<FlushSignals>,
  onProgress: ((value: FlushProgress) => void) | undefined,
): Promise<FlushReport> {
  const answered = await askForFlush(config.dir, request, signals, onProgress);
  if (answered !== undefined) return answered.result as FlushReport;
  const node = openSpoke(config, createLog({ level: "error" }).event);
  try {
    await sortIfAlone(node);
    const report = await startFlush(node, request, signals, onProgress);
    await sortIfAlone(node);
    return report;
  } finally {
    await node.engine.stop();
    node.directory.close();
  }
}

async function askForFlush(
  dir: string,
  request: FlushRequest,
  { signal, abort }: Required<FlushSignals>,
  onProgress: ((value: FlushProgress) => void) | undefined,
): Promise<{ result: unknown } | undefined> {
  try {
    return await askDaemon(
      dir,
      { command: "flush", args: { ...request } },
      {
        stop: signal,
        signal: abort,
        ...(onProgress === undefined ? {} : { onProgress: (value) => onProgress(value as FlushProgress) }),
      },
    );
  } catch (error) {
    if (!abort.aborted) throw error;
    throw new Failure(EXIT.tempFail, "Broken off: what has crossed is kept, and the next window goes on from there");
  }
}

/**
 * Without a daemon nobody sorts: what sendmail left in queue/sorting goes with this window, what came is delivered
 * after it. The daemon's lock is held for that moment only, so that it can start while a window is open.
 */
async function sortIfAlone(node: SpokeNode): Promise<void> {
  const lock = takeLock(openLockFile, node.config.dir, "run");
  if ("heldBy" in lock) return;
  try {
    await node.engine.sortNow();
  } finally {
    lock.release();
  }
}

/** Only a help: mail has moved, and a report must come out whatever is wrong with the office's own history. */
async function outlookOf(io: Io, config: SpokeConfig, report: FlushReport): Promise<Outlook> {
  if (report.left.messages === 0 && report.atHub === undefined) return {};
  try {
    const directory = openSpokeDirectory(join(config.dir, "spoke.db"));
    try {
      return await lookAhead({ config, directory }, report, new Date());
    } finally {
      directory.close();
    }
  } catch (error) {
    io.err(`qrelay: cannot tell when the rest will go: ${printable(String(error))}\n`);
    return {};
  }
}

function exitOf({ ended, left, atHub }: FlushReport): ExitCode {
  if (ended === "unreachable") return EXIT.unreachable;
  if (ended === "refused") return EXIT.notPermitted;
  return ended === "drained" && left.messages === 0 && (atHub?.messages ?? 0) === 0 ? EXIT.done : EXIT.tempFail;
}
