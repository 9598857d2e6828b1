import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/**
 * The nodes of the demo are real processes of this program. Whatever ends the demo ends them: `stop`, the exit of
 * this process, and, should it be killed outright, the end of their stdin.
 */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string; readonly time: string };

interface Daemon {
  readonly node: string;
  readonly process: ChildProcess;
  readonly ended: Promise<string>;
}

/** Runs in the child before anything else: a parent that was killed cannot stop its children, but its pipe closes. */
const FOLLOW_PARENT = `data:text/javascript,${encodeURIComponent(
  'process.stdin.once("close", () => process.kill(process.pid, "SIGTERM")).resume().unref()',
)}`;
/** A node that drains takes a second; one that hangs is no reason to hang with it. Within what DEADLINE_MS leaves of 30 s. */
const STOP_MS = 3000;
/** Commands at once: more only wait for the processor. */
const MAX_COMMANDS = 3;

export class Children {
  /** What ended that should not have, in sentences. */
  readonly troubles: string[] = [];
  readonly #daemons: Daemon[] = [];
  readonly #env: NodeJS.ProcessEnv;
  readonly #commands = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #turns: (() => void)[] = [];
  #running = 0;
  readonly #atExit = (): void => {
    for (const { process } of this.#daemons) process.kill("SIGKILL");
  };

  /** @param cache a folder for compiled code: twenty short commands start faster with it */
  constructor(cache: string, signal: AbortSignal) {
    const { QRELAY_DIR: _, ...env } = process.env;
    this.#env = { ...env, NODE_COMPILE_CACHE: cache };
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    process.once("exit", this.#atExit);
  }

  /** Runs a command to its end; the JSON document it prints. Rejects when it exits with another code than 0. */
  async run(words: readonly string[], stdin = ""): Promise<Record<string, unknown>> {
    if (this.#running >= MAX_COMMANDS) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#running += 1;
    const work = this.#command(words, stdin);
    this.#commands.add(work);
    try {
      return await work;
    } finally {
      this.#commands.delete(work);
      this.#running -= 1;
      this.#turns.shift()?.();
    }
  }

  async #command(words: readonly string[], stdin: string): Promise<Record<string, unknown>> {
    this.#signal.throwIfAborted();
    const flags = [...process.execArgv, process.argv[1] ?? ""];
    const child = spawn(process.execPath, [...flags, ...words, "--json"], { env: this.#env });
    const kill = (): void => void child.kill("SIGKILL");
    this.#signal.addEventListener("abort", kill, { once: true });
    try {
      const ended = once(child, "close");
      // One that ends before it has read its input says why by its exit code.
      child.stdin.on("error", () => undefined).end(stdin);
      const [[code], out, err] = await Promise.all([ended, textOf(child.stdout), textOf(child.stderr)]);
      this.#signal.throwIfAborted();
      if (code !== 0) throw new Error(`qrelay ${words.slice(0, 3).join(" ")} ended with ${code}: ${err.trim()}`);
      return JSON.parse(out) as Record<string, unknown>;
    } finally {
      this.#signal.removeEventListener("abort", kill);
    }
  }

  /** Starts a node and waits for its ready line: what it listens on. */
  async serve(
    node: string,
    words: readonly string[],
    onLine: (line: LogLine) => void,
  ): Promise<Record<string, string>> {
    this.#signal.throwIfAborted();
    const flags = [...process.execArgv, "--import", FOLLOW_PARENT, process.argv[1] ?? ""];
    // A group of its own: ctrl-C is for the demo, which then stops the nodes in order.
    const child = spawn(process.execPath, [...flags, ...words, "--json"], { env: this.#env, detached: true });
    const ended = once(child, "exit").then(
      ([code, signal]) => `${signal ?? code}`,
      (error: unknown) => String(error),
    );
    this.#daemons.push({ node, process: child, ended });
    void ended.then((how) => {
      if (!this.#stop.signal.aborted) this.troubles.push(`The node ${node} ended by itself (${how})`);
    });
    createInterface({ input: child.stderr }).on("line", (text) => onLine(parsed(text)));
    const ready = once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line));
    const gone = ended.then((how) => Promise.reject(new Error(`The node ${node} did not start (${how})`)));
    gone.catch(() => undefined);
    return (JSON.parse(await Promise.race([ready, gone])) as { listen: Record<string, string> }).listen;
  }

  /** Ends all nodes; one that does not end well is one more trouble. */
  async stop(): Promise<void> {
    this.#stop.abort();
    // A command that is still at work would write into a folder that is being removed.
    await Promise.allSettled(this.#commands);
    await Promise.all(
      this.#daemons.map(async ({ node, process: child, ended }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
        const how = await ended;
        clearTimeout(timer);
        if (how !== "0") this.troubles.push(`The node ${node} did not end well (${how})`);
      }),
    );
    process.removeListener("exit", this.#atExit);
  }
}

function parsed(text: string): LogLine {
  const now = new Date().toISOString();
  try {
    return { time: now, event: "unknown", ...(JSON.parse(text) as object) };
  } catch {
    // A warning of Node itself, or a stack on the way down: shown as it is.
    return { time: now, event: "stderr", level: "warn", text };
  }
}

async function textOf(stream: Readable): Promise<string> {
  let text = "";
  for await (const piece of stream.setEncoding("utf8")) text += String(piece);
  return text;
}
