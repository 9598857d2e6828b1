import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { oneLine } from "#shared/mail/outcome.js";

/**
 * A command as carrier, in the manner of UCSPI: its stdin and stdout are the stream (a serial modem, ssh, a radio helper).
 * By argv, never a shell: no character of it has a meaning.
 */
export interface ExecCarrierOptions {
  readonly command: readonly string[];
  readonly signal: AbortSignal;
}

export interface ExecCarrier {
  readonly stream: Duplex;
  /** Bytes to and from the command. */
  wire(): { readonly up: number; readonly down: number };
}

/** A modem hangs up within this; then it is killed. */
const HANG_UP_MS = 5000;
/** Of what it says on stderr the last line explains why it ended. */
const KEPT_STDERR = 2000;

/** The command is running when this returns; that it could not start, or ended badly, is an error of the stream. */
export function openExecCarrier({ command, signal }: ExecCarrierOptions): ExecCarrier {
  const stream = new ExecStream(command);
  const stop = (): void => void stream.destroy();
  signal.addEventListener("abort", stop, { once: true });
  stream.once("close", () => signal.removeEventListener("abort", stop));
  if (signal.aborted) stop();
  return { stream, wire: () => ({ up: stream.written, down: stream.taken }) };
}

class ExecStream extends Duplex {
  written = 0;
  taken = 0;
  readonly #program: string;
  readonly #child: ChildProcessWithoutNullStreams;
  #running = true;
  #said = "";

  constructor([program = "", ...args]: readonly string[]) {
    super();
    this.#program = program;
    // A group of its own: what the command starts ends with it.
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    const { stdin, stdout, stderr } = this.#child;
    // Why it cannot be written any more is told by its end.
    stdin.on("error", () => undefined);
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-KEPT_STDERR);
    });
    stdout.on("data", (chunk: Uint8Array) => {
      this.taken += chunk.length;
      if (!this.push(chunk)) stdout.pause();
    });
    this.#child.once("error", (error) => this.#ended(`Cannot run ${program}: ${error.message}`));
    this.#child.once("close", (code, killedBy) => {
      const how = killedBy === null ? `ended with ${code}` : `was ended by ${killedBy}`;
      const last = oneLine(this.#said.trim().split("\n").at(-1) ?? "");
      this.#ended(code === 0 ? undefined : `${program} ${how}${last === "" ? "" : `: ${last}`}`);
    });
  }

  #ended(problem: string | undefined): void {
    this.#running = false;
    if (problem !== undefined) this.destroy(new Error(problem));
    else this.push(null);
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.written += chunk.length;
    this.#child.stdin.write(chunk, (error) => done(error ?? null));
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#running) {
      this.#signal("SIGTERM");
      setTimeout(() => {
        if (this.#running) this.#signal("SIGKILL");
      }, HANG_UP_MS).unref();
    }
    done(error);
  }

  /** @throws Error when the system refuses for another reason than that it has ended meanwhile */
  #signal(by: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, by);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH"))
        throw new Error(`Cannot end ${this.#program}: ${String(error)}`, { cause: error });
    }
  }
}
