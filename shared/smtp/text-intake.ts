import { MAX_HEADER_BYTES, MAX_HEADER_LINES } from "./limits.ts";
import { type Refusal, refuse } from "./types.ts";

export interface IntakeRules {
  /**
   * What a CR or LF that stands alone means. "refuse" for strangers: two servers that disagree about such a
   * line end let a second message be smuggled in. "keep" for our own clients: LF ends a line, CR is data.
   */
  readonly bareLineEnds: "refuse" | "keep";
  /** Bytes as received. */
  readonly maxMessage: number;
}

/** Why a message cannot be taken. `hangUp`: whatever follows it on this connection is not to be trusted. */
export interface IntakeFault {
  readonly refusal: Refusal;
  readonly hangUp: boolean;
}

const CR = 13;
const LF = 10;
const EMPTY = new Uint8Array(0);

/**
 * Turns the body of DATA (dots already unstuffed, CRLF) into text with LF line ends, counting before keeping.
 * Any split of the input gives the same output and the same fault. After a fault nothing comes out any more.
 */
export class TextIntake {
  fault: IntakeFault | undefined;
  readonly #rules: IntakeRules;
  #received = 0;
  #heldCr: boolean = false;
  #inHeader: boolean = true;
  #headerBytes = 0;
  #headerLines = 0;
  #lineLength = 0;

  constructor(rules: IntakeRules) {
    this.#rules = rules;
  }

  take(chunk: Uint8Array): Uint8Array {
    this.#received += chunk.length;
    if (this.fault === undefined && this.#received > this.#rules.maxMessage) this.#refuse(tooLarge(this.#rules));
    if (this.fault !== undefined) return EMPTY;
    // One byte more than came in: a CR held back from the chunk before.
    const out = new Uint8Array(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (this.#heldCr) {
        this.#heldCr = false;
        if (byte !== LF) length = this.#bareCr(out, length);
        else {
          length = this.#put(out, length, LF);
          continue;
        }
      }
      if (byte === CR) this.#heldCr = true;
      else {
        if (byte === LF && this.#rules.bareLineEnds === "refuse") this.#refuse(BARE_LINE_END);
        if (byte === 0) this.#refuse(NUL);
        length = this.#put(out, length, byte);
      }
    }
    return this.fault === undefined ? out.subarray(0, length) : EMPTY;
  }

  /** What was held back when the message ended. */
  end(): Uint8Array {
    if (!this.#heldCr || this.fault !== undefined) return EMPTY;
    this.#heldCr = false;
    const out = new Uint8Array(1);
    const length = this.#bareCr(out, 0);
    return this.fault === undefined ? out.subarray(0, length) : EMPTY;
  }

  #bareCr(out: Uint8Array, length: number): number {
    if (this.#rules.bareLineEnds === "refuse") this.#refuse(BARE_LINE_END);
    return this.#put(out, length, CR);
  }

  #put(out: Uint8Array, length: number, byte: number): number {
    out[length] = byte;
    if (this.#inHeader) this.#countHeader(byte);
    return length + 1;
  }

  #countHeader(byte: number): void {
    this.#headerBytes += 1;
    if (byte !== LF) this.#lineLength += 1;
    else {
      this.#headerLines += 1;
      if (this.#lineLength === 0) this.#inHeader = false;
      this.#lineLength = 0;
    }
    if (this.#headerBytes > MAX_HEADER_BYTES || this.#headerLines > MAX_HEADER_LINES) this.#refuse(HEADER_TOO_LARGE);
  }

  #refuse(fault: IntakeFault): void {
    // The first fault is the one that is told.
    this.fault ??= fault;
  }
}

const BARE_LINE_END: IntakeFault = {
  refusal: refuse(550, "5.5.2", "Message contains a bare CR or LF, lines must end with CRLF"),
  hangUp: true,
};
const NUL: IntakeFault = { refusal: refuse(550, "5.6.0", "Message contains a NUL byte"), hangUp: false };
const HEADER_TOO_LARGE: IntakeFault = {
  refusal: refuse(552, "5.3.4", `Message header exceeds ${MAX_HEADER_BYTES} bytes or ${MAX_HEADER_LINES} lines`),
  hangUp: false,
};

function tooLarge(rules: IntakeRules): IntakeFault {
  return { refusal: refuse(552, "5.3.4", `Message exceeds the limit of ${rules.maxMessage} bytes`), hangUp: false };
}
