/**
 * Cuts what a client sends into command lines. Pure; a line longer than the limit is given as undefined, and its
 * bytes are dropped as they come.
 */

/** Bytes: RFC 2449 §4 has 255 for a command, but a password alone may have 1000. */
export const MAX_COMMAND_BYTES = 1100;
const LF = 0x0a;

export class CommandLines {
  #held: Buffer = Buffer.alloc(0);
  #tooLong: boolean = false;

  /** The lines that `chunk` completes, without their ends. */
  *feed(chunk: Uint8Array): Generator<string | undefined, void, undefined> {
    let at = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, at)) {
      this.#hold(chunk.subarray(at, lf));
      at = lf + 1;
      yield this.#take();
    }
    this.#hold(chunk.subarray(at));
  }

  #hold(piece: Uint8Array): void {
    this.#tooLong ||= this.#held.length + piece.length > MAX_COMMAND_BYTES;
    this.#held = this.#tooLong ? Buffer.alloc(0) : Buffer.concat([this.#held, piece]);
  }

  #take(): string | undefined {
    const line = this.#tooLong ? undefined : this.#held.toString("utf8").replace(/\r$/, "");
    this.#held = Buffer.alloc(0);
    this.#tooLong = false;
    return line;
  }
}
