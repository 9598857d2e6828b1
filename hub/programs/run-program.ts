import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { endGroupNow } from "#shared/io/end-group.js";
import { deferred, failed, type Outcome, oneLine } from "#shared/mail/outcome.js";

/** How programs are run: as whom, and for how long. */
export interface ProgramLimits {
  /** The account that they run as; absent: the hub's own. */
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly timeoutMs: number;
}

/** What a program's end means (qmail-command(8)): go on, stop here with success, or an outcome. */
export type ProgramEnd = "go-on" | "stop" | Outcome;

/** Of what a program says, as qmail-lspawn keeps it. */
const KEPT_OUTPUT = 3000;
/** Seconds of processor time, and 512-byte blocks of a file: a program that runs away fills neither the day nor the disk. */
const LIMITS = "ulimit -c 0; ulimit -t 300; ulimit -f 409600";
/** What it has said comes within this after its end; a child that it left behind may hold the pipe for ever. */
const LAST_WORDS_MS = 1000;
const STOP = 99;
const HARD: ReadonlySet<number> = new Set([100, 64, 65, 70, 76, 77, 78, 112]);

/**
 * Runs one command with the message as its input. The command is the administrator's text and goes to sh as it stands, as
 * qmail does; what strangers wrote is in the environment and the input only.
 *
 * @param message from its first byte; what the program does not read is not its fault
 */
export function runProgram(
  command: string,
  env: Readonly<Record<string, string>>,
  message: AsyncIterable<Uint8Array>,
  { account, timeoutMs }: ProgramLimits,
  signal: AbortSignal,
): Promise<ProgramEnd> {
  if (signal.aborted) return Promise.resolve(deferred("4.3.2", "the hub is stopping"));
  const child = spawn("/bin/sh", ["-c", `${LIMITS}; ${command}`], {
    cwd: "/",
    env,
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, so that what it starts ends with it.
    detached: true,
    ...account,
  });
  let said = "";
  for (const out of [child.stdout, child.stderr])
    out.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(0, KEPT_OUTPUT);
    });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroupNow(child);
  }, timeoutMs);
  const onStop = (): void => endGroupNow(child);
  signal.addEventListener("abort", onStop, { once: true });
  const input = Readable.from(message);
  // A program may end without having read everything.
  child.stdin.on("error", () => input.destroy());
  input.on("error", () => endGroupNow(child)).pipe(child.stdin);
  return new Promise((resolve) => {
    const end = (result: ProgramEnd): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onStop);
      input.destroy();
      resolve(result);
    };
    child.once("error", (error) => end(deferred("4.3.0", `Cannot run ${command}: ${error.message}`)));
    // As in qmail, what counts is the end of the program itself.
    child.once("exit", () =>
      setTimeout(() => [child.stdout, child.stderr].map((out) => out.destroy()), LAST_WORDS_MS).unref(),
    );
    child.once("close", (code, killedBy) => {
      if (late) end(deferred("4.4.7", `${command} took longer than ${timeoutMs / 1000} s`));
      else if (input.errored) end(deferred("4.3.0", `the message cannot be read: ${input.errored.message}`));
      else end(meaningOf(command, code, killedBy, said));
    });
  });
}

function meaningOf(command: string, code: number | null, killedBy: string | null, said: string): ProgramEnd {
  if (code === 0) return "go-on";
  if (code === STOP) return "stop";
  const why = oneLine(said) || `${command} ended with ${killedBy ?? code}`;
  return code !== null && HARD.has(code) ? failed("5.3.0", why) : deferred("4.3.0", why);
}
