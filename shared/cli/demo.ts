import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { newMailId } from "#shared/mail/mail-id.js";
import { DOMAIN, HUB, OFFICES } from "./demo/cast.ts";
import { Children } from "./demo/children.ts";
import { keepRunning } from "./demo/keep.ts";
import { DEADLINE_MS, oneRound, roundText } from "./demo/once.ts";
import { startOutside } from "./demo/outside.ts";
import { buildStar } from "./demo/star.ts";
import { Teller } from "./demo/teller.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { answer, describe, globals, type Io } from "./program.ts";

/** `qrelay demo`: everything at once on this machine, and an exit code that tells the truth about it. */
export function register(parent: Command, io: Io): void {
  const command = parent
    .command("demo")
    .description("a hub and three offices on this machine, with people and mail; no root, nothing left behind")
    .option("--once", "send one round of mail, tell what was delivered where, and end");
  describe(
    command,
    ["qrelay demo", "qrelay demo --once && echo all arrived"],
    [[EXIT.tempFail, "with --once: a letter is missing, doubled, changed or where it should not be, or a node died"]],
  );
  command.action(async ({ once = false }: { once?: boolean }) => {
    const g = globals(command);
    if (g.json && !once)
      throw new Failure(EXIT.usage, "--json goes with --once: the running demo has no end to report");
    const stop = untilSignal();
    if (!once) await onStage(io, stop.signal, keepRunning);
    else {
      const quiet: Io = g.json ? { ...io, out: () => undefined } : io;
      const deadline = AbortSignal.timeout(DEADLINE_MS);
      const report = await onStage(quiet, AbortSignal.any([stop.signal, deadline]), oneRound);
      if (report === undefined) {
        const why = deadline.aborted
          ? "this machine is too busy to start the nodes in time, try again"
          : "it was stopped";
        throw new Failure(EXIT.tempFail, `The demo did not come to its end: ${why}`);
      }
      answer(io, g, roundText(report), report);
      if (!report.ok) throw new Failure(EXIT.tempFail, "");
    }
  });
}

/** What a play of the demo needs. */
export interface Stage {
  readonly io: Io;
  readonly star: Awaited<ReturnType<typeof buildStar>>;
  readonly outside: Awaited<ReturnType<typeof startOutside>>;
  readonly children: Children;
  readonly teller: Teller;
  readonly signal: AbortSignal;
  /** performance.now() when the command began. */
  readonly began: number;
}

/** Builds the star, plays, and takes everything down again, whatever happens. undefined when it was stopped. */
async function onStage<T>(io: Io, signal: AbortSignal, play: (stage: Stage) => Promise<T>): Promise<T | undefined> {
  const began = performance.now();
  const outside = await startOutside();
  const folder = await mkdtemp(join(tmpdir(), "qrelay-demo-"));
  const children = new Children(join(folder, "cache"), signal);
  const teller = new Teller(io);
  try {
    io.out(`${opening(folder)}\n\n`);
    const star = await buildStar({
      folder,
      children,
      internetPort: outside.port,
      signal,
      newPassword: () => newMailId().slice(0, PASSWORD_LENGTH).toLowerCase(),
      onLine: (node, line) => teller.hear(node, line),
    });
    return await play({ io, star, outside, children, teller, signal, began });
  } catch (error) {
    if (!signal.aborted) throw error;
    io.out("\nStopping the nodes and removing their folders …\n");
    return undefined;
  } finally {
    teller.end();
    await children.stop();
    await outside.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The least that `--password-stdin` takes; they are typed by hand. */
const PASSWORD_LENGTH = 8;

function opening(folder: string): string {
  return [
    `qrelay demo: ${DOMAIN} on this machine, in ${folder}`,
    `  ${HUB.padEnd(20)}  headquarters: the hub, the only place with the Internet`,
    `  ${OFFICES.join(", ").padEnd(20)}  offices: each reaches ${HUB} only while its window is open`,
    "",
    "Making the nodes and their people, which takes some seconds …",
  ].join("\n");
}

function untilSignal(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  return stop;
}
