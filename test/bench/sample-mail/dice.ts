import { seeded } from "../../support/thin-line/random-numbers.ts";

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
export const ALPHANUMERIC = BASE64.slice(0, 62);
export const LOWER = "abcdefghijklmnopqrstuvwxyz";
export const DIGITS = "0123456789";
export const HEX = "0123456789abcdef";

/** Chance that is the same for the same seed. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  /** In [0, 1). */
  unit(): number {
    return this.#next();
  }

  /** A whole number in [from, to). */
  between(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from));
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** @throws RangeError for an empty list */
  pick<T>(list: readonly T[]): T {
    const found = list[this.between(0, list.length)];
    if (found === undefined) throw new RangeError("Cannot pick from an empty list");
    return found;
  }

  /** One of the first often, one of the last seldom: the n-th is n times rarer than the first (Zipf's law). */
  pickEarly<T>(list: readonly T[]): T {
    const found = list[Math.floor(Math.exp(this.#next() * Math.log(list.length + 1))) - 1];
    return found ?? this.pick(list);
  }

  /** The index of a weight, as often as it is heavy. */
  weighed(weights: readonly number[]): number {
    let left = this.#next() * weights.reduce((sum, one) => sum + one, 0);
    const found = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return Math.max(0, found);
  }

  of(alphabet: string, length: number): string {
    let text = "";
    while (text.length < length) text += alphabet.charAt(this.between(0, alphabet.length));
    return text;
  }

  hex(length: number): string {
    return this.of(HEX, length);
  }

  /** As of random bytes: what a signature looks like. */
  base64(length: number): string {
    return this.of(BASE64, length);
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.#next() * 256;
    return bytes;
  }
}
