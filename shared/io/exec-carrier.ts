import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { oneLine } from "#shared/mail/outcome.js";
import { endGroup, endGroupNow } from "./end-group.ts";

/**
 * A command as carrier, in the manner of UCSPI: its stdin and stdout are the stream (a serial modem, ssh, a radio helper).
 * By argv, never a shell: no character of it has a meaning.
 */
export interface ExecCarrier {
  /**
   * That the command could not start, ended badly or takes nothing more is an error of it, after what was read before.
   * Destroyed without an error it lets the command hang up: what is in its pipe still crosses, if that takes no longer
   * than `HANG_UP_MS`. Destroyed with one it ends the command, and what that started, at once.
   */
  readonly stream: Duplex;
  /** The command is gone, which may be some seconds after the stream is closed. */
  readonly ended: Promise<void>;
  /** Bytes to and from the command. */
  wire(): { readonly up: number; readonly down: number };
}

/** A good-bye of 100 bytes takes 3 s on a radio of 300 bit/s, and 4 s until it may talk. */
const HANG_UP_MS = 10_000;
/** Of what the command says on stderr the last line explains why it ended. */
const KEPT_STDERR = 2000;

/** The command is being started when this returns. `command` is a program by its path, and its arguments. */
export function openExecCarrier(command: readonly string[]): ExecCarrier {
  const stream = new ExecStream(command);
  return { stream, ended: stream.ended, wire: () => ({ up: stream.written, down: stream.taken }) };
}

class ExecStream extends Duplex {
  written = 0;
  taken = 0;
  /** The command is gone. */
  readonly ended: Promise<void>;
  readonly #program: string;
  readonly #child: ChildProcessWithoutNullStreams;
  #running = true;
  #gone: () => void = () => undefined;
  #problem: string | undefined;
  #said = "";

  constructor([program = "", ...args]: readonly string[]) {
    super();
    this.ended = new Promise((resolve) => {
      this.#gone = resolve;
    });
    this.#program = program;
    // A group of its own: what the command starts ends with it, and ctrl-C at a terminal does not break the line.
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    const { stdin, stdout, stderr } = this.#child;
    // Why it takes nothing more is told by its end.
    stdin.on("error", () => undefined);
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-KEPT_STDERR);
    });
    stdout.on("data", (chunk: Uint8Array) => {
      this.taken += chunk.length;
      if (!this.destroyed && !this.push(chunk)) stdout.pause();
    });
    this.#child.once("error", (error) => this.#end(`Cannot run ${program}: ${error.message}`));
    this.#child.once("close", (code, killedBy) => {
      const how = killedBy === null ? `ended with ${code}` : `was ended by ${killedBy}`;
      const last = oneLine(this.#said.trim().split("\n").at(-1) ?? "");
      this.#end(code === 0 ? undefined : `${program} ${how}${last === "" ? "" : `: ${last}`}`);
    });
  }

  #end(problem: string | undefined): void {
    if (!this.#running) return;
    this.#running = false;
    this.#problem = problem;
    this.#gone();
    if (problem === undefined) this.push(null);
    else this.#failWhenRead();
  }

  /** What came before the line broke has been paid for. */
  #failWhenRead(): void {
    const problem = this.#problem;
    if (problem !== undefined && this.readableLength === 0) setImmediate(() => this.destroy(new Error(problem)));
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    this.#failWhenRead();
    return chunk;
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.written += chunk.length;
    this.#child.stdin.write(chunk, (error) => {
      if (!error) done();
      // "EPIPE" says less than the command's last words, which come in a moment.
      else setTimeout(() => this.destroy(new Error(`${this.#program} takes nothing more`)), HANG_UP_MS).unref();
    });
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // It may still have to say what nobody hears: a full pipe would keep it from ending.
    this.#child.stdout.resume();
    this.#child.stdin.end();
    if (this.#running && error === null) endGroup(this.#child, HANG_UP_MS);
    else if (this.#running) endGroupNow(this.#child);
    done(error);
  }
}
