/**
 * A stored message as POP3 sends it (RFC 1939 §3): LF becomes CRLF, a dot that begins a line is doubled, a last
 * line without end gets one. A CR that ends no line stays as it is: a reader does not judge content.
 * Any cutting of the input gives the same output.
 */

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/** A message as the answer to RETR, or to TOP with so many lines of its body; the dot that ends it included. */
export async function* encodeMessage(
  pieces: AsyncIterable<Uint8Array>,
  bodyLines?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new Pop3Encoder();
  const cutter = bodyLines === undefined ? undefined : new TopCutter(bodyLines);
  for await (const piece of pieces) {
    yield encoder.encode(cutter?.pass(piece) ?? piece);
    if (cutter?.done === true) break;
  }
  yield encoder.finish();
}

export class Pop3Encoder {
  #lineStart: boolean = true;
  #afterCr: boolean = false;

  /** The next bytes of the message, encoded. */
  encode(bytes: Uint8Array): Uint8Array {
    // No byte becomes more than two.
    const out = Buffer.allocUnsafe(2 * bytes.length);
    let length = 0;
    for (const byte of bytes) {
      if (byte === LF && !this.#afterCr) out[length++] = CR;
      if (byte === DOT && this.#lineStart) out[length++] = DOT;
      out[length++] = byte;
      this.#lineStart = byte === LF;
      this.#afterCr = byte === CR;
    }
    return out.subarray(0, length);
  }

  /** The line end that the message may lack, and the dot that ends the answer. */
  finish(): Uint8Array {
    return Buffer.from(this.#lineStart ? ".\r\n" : "\r\n.\r\n");
  }
}

/** Counts the octets of a message as sent; doubled dots and the final one do not count (RFC 1939 §11). */
export class OctetCounter {
  #octets = 0;
  #last = LF;

  add(bytes: Uint8Array): void {
    this.#octets += bytes.length;
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
      if ((at === 0 ? this.#last : bytes[at - 1]) !== CR) this.#octets++;
    }
    this.#last = bytes.at(-1) ?? this.#last;
  }

  get octets(): number {
    return this.#last === LF ? this.#octets : this.#octets + 2;
  }
}

/** Lets the header, the empty line and the first `bodyLines` lines of the body pass, for TOP. */
export class TopCutter {
  #linesLeft: number;
  #inHeader: boolean = true;
  /** Bytes of the current line, without CR. */
  #lineBytes = 0;

  constructor(bodyLines: number) {
    this.#linesLeft = bodyLines;
  }

  /** Nothing more will pass. */
  get done(): boolean {
    return !this.#inHeader && this.#linesLeft === 0;
  }

  pass(bytes: Uint8Array): Uint8Array {
    let at = 0;
    while (at < bytes.length && !this.done) this.#take(bytes[at++]);
    return bytes.subarray(0, at);
  }

  #take(byte: number | undefined): void {
    if (byte !== LF) {
      if (byte !== CR) this.#lineBytes++;
      return;
    }
    if (!this.#inHeader) this.#linesLeft--;
    else if (this.#lineBytes === 0) this.#inHeader = false;
    this.#lineBytes = 0;
  }
}
