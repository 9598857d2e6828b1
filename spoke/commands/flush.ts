import type { Command } from "commander";
import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import { endWith, Failure } from "#shared/cli/failure.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { formatSize, parseDuration, parseSize } from "#shared/cli/units.js";
import { askDaemon } from "#shared/io/control.js";
import { takeLock } from "#shared/io/lock.js";
import { createLog } from "#shared/log/log.js";
import { loadSpokeConfig } from "#spoke/config.js";
import { openLockFile } from "#spoke/directory/open.js";
import type { FlushProgress, FlushReport } from "#spoke/flush.js";
import { openSpoke, type SpokeNode } from "#spoke/node.js";
import { type FlushRequest, startFlush } from "#spoke/start-flush.js";

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
    .option("--link <name>", "which [[link]] of spoke.toml; the first one when absent")
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
    const dir = dataFolder(io, g, "spoke");
    const request = requestOf(flags);
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    const progress = io.tty && !g.json ? (value: FlushProgress): void => showProgress(io, value) : undefined;
    const report = await flushOnce(dir, request, stop.signal, progress);
    const silent = flags.quiet === true && report.ended === "unreachable" && !g.json;
    if (!silent) answer(io, g, sentence(report), report);
    endWith(exitOf(report));
  });
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
  dir: string,
  request: FlushRequest,
  signal: AbortSignal,
  onProgress: ((value: FlushProgress) => void) | undefined,
): Promise<FlushReport> {
  const config = loadSpokeConfig(dir);
  const answered = await askDaemon(
    dir,
    { command: "flush", args: { ...request } },
    { signal, ...(onProgress === undefined ? {} : { onProgress: (value) => onProgress(value as FlushProgress) }) },
  );
  if (answered !== undefined) return answered.result as FlushReport;
  const node = openSpoke(config, createLog({ level: "error" }).event);
  try {
    await sortIfAlone(node);
    const report = await startFlush(node, request, signal, onProgress);
    await sortIfAlone(node);
    return report;
  } finally {
    await node.engine.stop();
    node.directory.close();
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

function showProgress(io: Io, { sent, bytes, wire }: FlushProgress): void {
  io.err(
    `\rsent ${sent} messages, ${formatSize(bytes)} (${formatSize(wire.up)} up, ${formatSize(wire.down)} down on the line)  `,
  );
}

function sentence({ ended, reason, sent, received, left, failed, seconds }: FlushReport): string {
  const word = ended === "drained" ? "" : ` Ended: ${ended}${reason === undefined ? "" : ` (${reason})`}.`;
  const lines = [
    `Sent ${sent.messages} messages (${formatSize(sent.bytes)}), received ${received.messages} (${formatSize(received.bytes)}) in ${Math.round(seconds)} s; ${left.messages} left.${word}`,
    ...failed.map((one) => `Refused: ${one.recipient}: ${one.reason}`),
  ];
  return `${lines.join("\n")}\n`;
}

function exitOf({ ended, left }: FlushReport): ExitCode {
  if (ended === "unreachable") return EXIT.unreachable;
  if (ended === "refused") return EXIT.notPermitted;
  return ended === "drained" && left.messages === 0 ? EXIT.done : EXIT.tempFail;
}
