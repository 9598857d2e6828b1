/** hub and spoke as real processes of the built program, each of which ends with the test at the latest. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export const ROOT = join(import.meta.dirname, "../..");
/** The Node that npm ci brings; the one in PATH may be too old. */
export const NODE = join(ROOT, "node_modules/.bin/node");
const QRELAY = join(ROOT, "qrelay.cjs");

/** A start takes 0.4 s on an idle machine; one that is busy with other tests is given this. */
const READY_MS = 30_000;

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** For node itself, such as `--import=…`. */
  readonly nodeArgs?: readonly string[];
  /** Opens a channel, so that code loaded with `nodeArgs` can be spoken to with `child.send`. */
  readonly ipc?: boolean;
  /** SIGKILL, so many milliseconds after it was started. */
  readonly killAfterMs?: number;
}

export interface NodeProcess {
  readonly kind: "hub" | "spoke";
  readonly dir: string;
  /** From the ready line, such as `{ smtp: "127.0.0.1:34567" }`. */
  readonly listen: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Lines of stderr so far, oldest first: the log. */
  readonly log: readonly string[];
  readonly child: ChildProcess;
  /** Resolves when it is gone, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  port(listener: string): number;
  /** SIGKILL, as a power cut for this one process; returns when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; returns its exit code. */
  stop(): Promise<number | NodeJS.Signals>;
}

const living = new Set<ChildProcess>();
process.once("exit", killLiving);

function killLiving(): void {
  for (const child of living) child.kill("SIGKILL");
}

/** Kills every process that was started here and still runs: for `afterEach`. */
export async function killAll(): Promise<void> {
  await Promise.all(
    [...living].map(async (child) => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }),
  );
}

/** Runs `qrelay hub run` or `qrelay spoke run` in the folder `dir` until its ready line. */
export async function startNode(kind: "hub" | "spoke", dir: string, options: StartOptions = {}): Promise<NodeProcess> {
  const spawned = spawnNode(kind, dir, options);
  const line = await Promise.race([spawned.firstLine, spawned.ended.then(() => undefined), giveUp(READY_MS)]);
  const ready = line === undefined ? undefined : (JSON.parse(line) as { listen: Record<string, string> });
  if (ready === undefined) {
    spawned.child.kill("SIGKILL");
    throw new Error(`The ${kind} in ${dir} did not start (${await spawned.ended}):\n${spawned.log.join("\n")}`);
  }
  const { child, ended, log } = spawned;
  return {
    kind,
    dir,
    listen: ready.listen,
    pid: child.pid ?? 0,
    log,
    child,
    ended,
    port: (listener) => Number(/:(\d+)$/.exec(ready.listen[listener] ?? "")?.[1]),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** The same without waiting for anything: it may die before it is ready. */
export function spawnNode(kind: "hub" | "spoke", dir: string, options: StartOptions = {}) {
  const { env = {}, nodeArgs = [], ipc = false, killAfterMs } = options;
  const child = spawn(NODE, [...nodeArgs, QRELAY, kind, "run", "--json", "--dir", dir], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", ...(ipc ? ["ipc" as const] : [])],
    ...deathAfter(killAfterMs),
  });
  const ended = watchEnd(child);
  const log: string[] = [];
  linesOf(child.stderr).on("line", (line) => log.push(line));
  const firstLine = once(linesOf(child.stdout), "line").then(([line]) => String(line));
  return { child, ended, log, firstLine };
}

export interface Said {
  readonly code: number | NodeJS.Signals;
  readonly out: string;
  readonly err: string;
}

/** Runs one command, such as `["hub", "person", "list", "--dir", dir, "--json"]`, to its end. */
export async function qrelay(words: readonly string[], options: { stdin?: string } & StartOptions = {}): Promise<Said> {
  const { env = {}, nodeArgs = [], stdin, killAfterMs } = options;
  const child = spawn(NODE, [...nodeArgs, QRELAY, ...words], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    ...deathAfter(killAfterMs),
  });
  const ended = watchEnd(child);
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  const [out, err, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
  return { code, out, err };
}

/** A command that must succeed; the JSON document that it prints. */
export async function qrelayJson<T = Record<string, unknown>>(words: readonly string[]): Promise<T> {
  const { code, out, err } = await qrelay([...words, "--json"]);
  if (code !== 0) throw new Error(`qrelay ${words.join(" ")} ended with ${code}: ${err}`);
  return JSON.parse(out) as T;
}

function deathAfter(ms: number | undefined) {
  return ms === undefined ? {} : { timeout: ms, killSignal: "SIGKILL" as const };
}

function watchEnd(child: ChildProcess): Promise<number | NodeJS.Signals> {
  living.add(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      living.delete(child);
      resolve(signal ?? code ?? 0);
    });
  });
}

function linesOf(stream: Readable | null) {
  if (stream === null) throw new Error("The process was started without a pipe");
  return createInterface({ input: stream });
}

async function textOf(stream: Readable): Promise<string> {
  let text = "";
  for await (const piece of stream.setEncoding("utf8")) text += piece;
  return text;
}

function giveUp(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}
