const LF = 10;
const CR = 13;
const DOT = 46;
const NUL = 0;

/**
 * What comes on stdin → text as our queues hold it: LF line ends, the last line ended, and without `dotsAreText`
 * nothing behind a line with a single dot. Any split of the input gives the same output. No dot is ever
 * added or taken: stuffing is the wire's business.
 */
export class Intake {
  /** The dot was met: whatever follows is not read. */
  ended: boolean = false;
  /** A NUL byte came by; SMTP cannot carry one (RFC 5321 §4.5.2). */
  hasNul: boolean = false;
  readonly #dotsAreText: boolean;
  #line: "start" | "dot" | "inside" = "start";
  #heldCr: boolean = false;
  #out = new Uint8Array(0);
  #length = 0;

  constructor(dotsAreText: boolean) {
    this.#dotsAreText = dotsAreText;
  }

  take(chunk: Uint8Array): Uint8Array {
    // A dot and a CR may be held back from the chunk before.
    this.#begin(chunk.length + 2);
    for (const byte of chunk) {
      if (this.ended) break;
      if (byte === LF) this.#endLine();
      else this.#takeByte(byte);
    }
    return this.#out.subarray(0, this.#length);
  }

  end(): Uint8Array {
    this.#begin(3);
    if (!this.ended && this.#line === "dot" && !this.#heldCr) this.ended = true;
    if (!this.ended) this.#release();
    if (!this.ended && this.#line === "inside") this.#put(LF);
    this.ended = true;
    return this.#out.subarray(0, this.#length);
  }

  #takeByte(byte: number): void {
    this.#releaseCr();
    if (byte === CR) {
      this.#heldCr = true;
      return;
    }
    if (byte === DOT && this.#line === "start" && !this.#dotsAreText) {
      this.#line = "dot";
      return;
    }
    this.#release();
    this.#line = "inside";
    this.hasNul ||= byte === NUL;
    this.#put(byte);
  }

  #endLine(): void {
    this.#heldCr = false;
    if (this.#line === "dot") {
      this.ended = true;
      return;
    }
    this.#put(LF);
    this.#line = "start";
  }

  /** A CR that ends no line is text, and then so is the dot before it. */
  #releaseCr(): void {
    if (!this.#heldCr) return;
    this.#release();
  }

  #release(): void {
    if (this.#line === "dot") {
      this.#put(DOT);
      this.#line = "inside";
    }
    if (!this.#heldCr) return;
    this.#heldCr = false;
    this.#put(CR);
    this.#line = "inside";
  }

  #begin(room: number): void {
    this.#out = new Uint8Array(room);
    this.#length = 0;
  }

  #put(byte: number): void {
    this.#out[this.#length] = byte;
    this.#length += 1;
  }
}
