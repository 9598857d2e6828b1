/** The harness's end of `preload.ts`: how a process is started to be watched, and spoken to. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeProcess, StartOptions } from "../support/node-process.ts";
import type { Kill } from "./kill.ts";
import type { Told, ToVictim } from "./protocol.ts";

/** Later than any second in which the first life can have worked, and too little for a retry or a delay notice. */
const RESTART_AHEAD_MS = 60_000;
const PRELOAD = join(import.meta.dirname, "preload.ts");

/** Watched, and counting from its first call on when `from` is "start". */
export function watched(dir: string, kill: Kill, from: "start" | "act"): StartOptions {
  const call = kill.kind === "call" ? kill : { at: 0, mode: "before" };
  const env = from === "start" ? { QRELAY_KILL_AT: String(call.at), QRELAY_KILL_MODE: call.mode } : {};
  return { nodeArgs: ["--import", PRELOAD], env: { QRELAY_KILL_DIR: dir, ...env }, ipc: true };
}

/** The life after: nothing is watched, and the clock has gone on. */
export function restarted(dir: string): StartOptions {
  return {
    nodeArgs: ["--import", PRELOAD],
    env: { QRELAY_KILL_DIR: dir, QRELAY_KILL_CLOCK_AHEAD_MS: String(RESTART_AHEAD_MS) },
  };
}

/** undefined when it died instead of answering. */
export async function ask(victim: NodeProcess, message: ToVictim): Promise<Told | undefined> {
  const { child } = victim;
  const answer = new Promise<Told>((resolve) => child.once("message", (told) => resolve(told as Told)));
  // A victim that is dead cannot be sent to; `ended` tells.
  child.send(message, () => undefined);
  return Promise.race([answer, victim.ended.then(() => undefined)]);
}

/** Where the process that served `dir` was ended; undefined when it was not. */
export async function whereKilled(dir: string): Promise<string | undefined> {
  try {
    return await readFile(`${dir}.killed`, "utf8");
  } catch {
    // No such file: it lived, or was killed from outside.
    return undefined;
  }
}
