import { CR, LF } from "./netstring.ts";

const NOTHING = new Uint8Array(0);
const ONE_CR = Uint8Array.of(CR);

/**
 * Turns CR LF into LF in text that arrives in pieces. Other CRs and bare LFs stay as they are, as in qmail-qmtpd.
 *
 * A CR at the end of a piece is held back until the next byte shows what it was.
 */
export class CrlfToLf {
  #crHeld: boolean = false;

  /** The converted piece: `piece` itself when there is nothing to convert, else new memory of about its size. */
  convert(piece: Uint8Array): Uint8Array {
    if (!this.#crHeld && !piece.includes(CR)) return piece;
    const out = new Uint8Array(piece.length + 1); // one more for the CR held from before
    let size = 0;
    for (const byte of piece) {
      if (this.#crHeld && byte !== LF) out[size++] = CR;
      this.#crHeld = byte === CR;
      if (!this.#crHeld) out[size++] = byte;
    }
    return out.subarray(0, size);
  }

  /** Call at the end of the text: the CR that was its last byte, or nothing. */
  end(): Uint8Array {
    const last = this.#crHeld ? ONE_CR.slice() : NOTHING;
    this.#crHeld = false;
    return last;
  }
}
