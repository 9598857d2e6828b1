import { ArithmeticDecoder, ArithmeticEncoder } from "./arithmetic.ts";
import { Predictor } from "./predictor.ts";

/**
 * Codes a message by predicting each of its bits from what both ends have seen before. What was learned by `prime`
 * stays; a message is coded on a copy, so that one that is lost or repeated changes nothing.
 */
export class MixingModel {
  readonly #learned = new Predictor();
  readonly #copy = new Predictor();

  /** Learns `bytes`, as if they followed all that was learned before; how they are split makes no difference. */
  prime(bytes: Uint8Array): void {
    this.#learned.prime(bytes);
  }

  /** @param tail learned before `plain` for this message only */
  encode(plain: Uint8Array, tail?: Uint8Array): Uint8Array {
    const predictor = this.#copied(tail);
    const encoder = new ArithmeticEncoder(plain.length >> 2);
    for (let at = 0; at < plain.length; at++) {
      const byte = plain[at] as number;
      for (let shift = 7; shift >= 0; shift--) {
        const bit = (byte >> shift) & 1;
        encoder.put(bit, predictor.predict());
        predictor.learn(bit);
      }
    }
    return encoder.end();
  }

  /**
   * Always returns `length` bytes: what was encoded when `encoded`, `tail` and all that was learned are as they were
   * there, else any bytes. The caller has a checksum.
   * @throws RangeError when `length` is not 0 … 1 GB; the caller's own limit should be far below
   */
  decode(encoded: Uint8Array, length: number, tail?: Uint8Array): Uint8Array {
    if (!Number.isInteger(length) || length < 0 || length > LONGEST_PLAIN)
      throw new RangeError(`A length of ${length} cannot be decoded: give 0 to ${LONGEST_PLAIN} bytes`);
    const plain = new Uint8Array(length);
    const predictor = this.#copied(tail);
    const decoder = new ArithmeticDecoder(encoded);
    for (let at = 0; at < length; at++) {
      let byte = 1;
      while (byte < 256) {
        const bit = decoder.get(predictor.predict());
        predictor.learn(bit);
        byte = (byte << 1) | bit;
      }
      plain[at] = byte & 255;
    }
    return plain;
  }

  #copied(tail: Uint8Array | undefined): Predictor {
    this.#copy.copyFrom(this.#learned);
    if (tail !== undefined) this.#copy.prime(tail);
    return this.#copy;
  }
}

const LONGEST_PLAIN = 1 << 30;
