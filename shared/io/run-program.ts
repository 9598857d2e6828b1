import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { endGroupNow } from "./end-group.ts";

/** A program run once with something to read, within limits; as whom, for how long, and what it said. */
export interface ProgramLimits {
  /** The account that it runs as; absent: our own. */
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly timeoutMs: number;
}

export interface ProgramInput {
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** From the first byte; what the program does not read is not its fault. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Gets what it writes to stdout, piece by piece; without it that counts as said. False: more is not wanted, and it is ended. */
  readonly output?: (piece: Uint8Array) => Promise<boolean>;
}

export type ProgramRun =
  /** `said`: the beginning of what it wrote for people. `cut`: its output did not end before or was not wanted. */
  | { readonly kind: "ended"; readonly code: number; readonly said: string; readonly cut: boolean }
  | { readonly kind: "killed"; readonly by: string; readonly said: string }
  | { readonly kind: "late" }
  | { readonly kind: "not-started"; readonly text: string }
  | { readonly kind: "unreadable"; readonly text: string };

/** Of what a program says, as qmail-lspawn keeps it. */
const KEPT_OUTPUT = 3000;
/** Seconds of processor time, and 512-byte blocks of a file: a program that runs away fills neither the day nor the disk. */
const LIMITS = "ulimit -c 0; ulimit -t 300; ulimit -f 409600";
/** What it has said comes within this after its end; a child that it left behind may hold the pipe for ever. */
const LAST_WORDS_MS = 1000;

/** A command line that sh reads, with the limits before it. */
export function shellCommand(command: string): string[] {
  return ["-c", `${LIMITS}; ${command}`];
}

/** A program and its arguments as they stand; sh sets the limits and makes nothing of the words. */
export function plainCommand(words: readonly string[]): string[] {
  return ["-c", `${LIMITS}; exec "$@"`, "sh", ...words];
}

/** @param args what /bin/sh is given: `shellCommand` or `plainCommand` */
export function runProgram(
  args: readonly string[],
  { env, input, output }: ProgramInput,
  { account, timeoutMs }: ProgramLimits,
  signal: AbortSignal,
): Promise<ProgramRun> {
  const child = spawn("/bin/sh", args, {
    cwd: "/",
    env,
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, so that what it starts ends with it.
    detached: true,
    ...account,
  });
  // Without descriptors left there is a child without pipes, and an error that comes later.
  if (child.stdin === undefined || child.stdout === undefined || child.stderr === undefined)
    return new Promise((resolve) => {
      child.once("error", (error) => resolve({ kind: "not-started", text: error.message }));
    });
  let said = "";
  for (const out of output === undefined ? [child.stdout, child.stderr] : [child.stderr])
    out.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(0, KEPT_OUTPUT);
    });
  const written =
    output === undefined ? Promise.resolve(true) : takeOutput(child.stdout, output, () => endGroupNow(child));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroupNow(child);
  }, timeoutMs);
  const onStop = (): void => endGroupNow(child);
  signal.addEventListener("abort", onStop, { once: true });
  const source = Readable.from(input);
  // A program may end without having read everything.
  child.stdin.on("error", () => source.destroy());
  source.on("error", () => endGroupNow(child)).pipe(child.stdin);
  return new Promise((resolve) => {
    const end = (result: ProgramRun): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onStop);
      source.destroy();
      resolve(result);
    };
    child.once("error", (error) => end({ kind: "not-started", text: error.message }));
    // As in qmail, what counts is the end of the program itself.
    child.once("exit", () =>
      setTimeout(() => [child.stdout, child.stderr].map((out) => out.destroy()), LAST_WORDS_MS).unref(),
    );
    child.once("close", (code, by) => {
      if (late) end({ kind: "late" });
      else if (source.errored) end({ kind: "unreadable", text: source.errored.message });
      else if (code === null) end({ kind: "killed", by: String(by), said });
      else void written.then((whole) => end({ kind: "ended", code, said, cut: !whole }));
    });
  });
}

/** @returns whether the output came to its end and all of it was taken */
async function takeOutput(
  stdout: Readable,
  output: NonNullable<ProgramInput["output"]>,
  stop: () => void,
): Promise<boolean> {
  try {
    for await (const piece of stdout as AsyncIterable<Uint8Array>) {
      if (await output(piece)) continue;
      stop();
      return false;
    }
    return true;
  } catch {
    // Torn off by us, or what takes it failed, which the taker knows: either way it is not whole.
    stop();
    return false;
  }
}
