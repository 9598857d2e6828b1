import { COLON, MAX_LENGTH_DIGITS } from "./netstring.ts";

const ZERO = 0x30;
const NINE = 0x39;

export type LengthStep =
  | { readonly kind: "more" }
  | { readonly kind: "length"; readonly value: number }
  | { readonly kind: "fault"; readonly reason: string };

const MORE: LengthStep = { kind: "more" };

/**
 * Reads the digits and the colon of one netstring, a byte at a time.
 *
 * Leading zeros pass, because qmail takes them. Empty lengths, signs and other bytes do not, although old qmail-qmtpd
 * took them (its inner loop still reads `;:` as 11): two programs that read one stream differently can be played
 * against each other.
 */
export class LengthReader {
  readonly #of: string;
  readonly #max: number;
  #digits = 0;
  #value = 0;

  /** `of` names the field in faults ("Message"); `max` is the longest netstring taken, in bytes. */
  constructor(of: string, max: number) {
    this.#of = of;
    this.#max = max;
  }

  get started(): boolean {
    return this.#digits > 0;
  }

  push(byte: number): LengthStep {
    if (byte === COLON) return this.#finish();
    if (byte < ZERO || byte > NINE) return this.#fault(`has ${hex(byte)} where a digit or a colon belongs`);
    this.#digits += 1;
    if (this.#digits > MAX_LENGTH_DIGITS) return this.#fault(`has more than ${MAX_LENGTH_DIGITS} digits`);
    this.#value = this.#value * 10 + (byte - ZERO);
    return MORE;
  }

  #finish(): LengthStep {
    if (!this.started) return this.#fault("is empty: at least one digit belongs before the colon");
    if (this.#value > this.#max) return this.#fault(`is ${this.#value} bytes, more than the limit of ${this.#max}`);
    return { kind: "length", value: this.#value };
  }

  #fault(what: string): LengthStep {
    return { kind: "fault", reason: `${this.#of} length ${what}` };
  }
}

/** A byte as people write it in reasons: 0x2c. */
export function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
