import type { Arena } from "./arena.ts";
import { EVEN, learned, probabilityOf } from "./estimate.ts";
import type { Match } from "./match.ts";
import { STRETCH } from "./tables.ts";

/** What the match says of the next bit, trusted as far as matches of its length have been right. */
const LENGTHS = 32;

export class MatchInput {
  /** 0 without a match, else 1 … 5 with its length; falls back to 0 within a byte that turns out another. */
  lengthClass = 0;
  readonly #right: Int32Array;
  /** The expected byte behind a leading one; 0 when none is. */
  #expected = 0;
  #length = 0;

  constructor(arena: Arena) {
    this.#right = arena.words(LENGTHS).fill(EVEN);
  }

  startByte(match: Match): void {
    const { length } = match;
    this.#expected = length === 0 ? 0 : match.expected | 256;
    this.#length = rankOf(length);
    this.lengthClass = classOf(length);
  }

  /** The log odds of a one, when the byte begins with the bits of `partial` behind a leading one. */
  predict(partial: number): number {
    const left = Math.clz32(partial) - 23;
    if (this.#expected >> left !== partial) {
      this.#expected = 0;
      this.lengthClass = 0;
      return 0;
    }
    const odds = STRETCH[probabilityOf(this.#right[this.#length] as number) >> 4] as number;
    return ((this.#expected >> (left - 1)) & 1) === 1 ? odds : -odds;
  }

  /** `predict` was called before. */
  learn(bit: number, partial: number): void {
    if (this.#expected === 0) return;
    const right = ((this.#expected >> (Math.clz32(partial) - 24)) & 1) === bit ? 1 : 0;
    this.#right[this.#length] = learned(this.#right[this.#length] as number, right);
  }
}

function rankOf(length: number): number {
  if (length < 16) return length;
  if (length < 32) return 12 + (length >> 2);
  return length < 512 ? 20 + (length >> 6) : 28;
}

function classOf(length: number): number {
  if (length === 0) return 0;
  return length < 8 ? 1 : length < 16 ? 2 : length < 32 ? 3 : length < 400 ? 4 : 5;
}
