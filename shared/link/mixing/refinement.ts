import type { Arena } from "./arena.ts";
import { PROBABILITY_ONE, SQUASH, STRETCH_LIMIT } from "./tables.ts";

/**
 * Secondary estimation: what really came when the mixer said so. For each context a curve from log odds to
 * probabilities, known at 33 points and straight between them.
 */
const POINTS = 33;
const POINT_SHIFT = 7;
const RATE_SHIFT = 6;
/** The curves of the last byte share so many tables, chosen by a hash. */
const TABLE_BITS = 12;
/** No bit is ever certain: a wrong one must cost bits, not the message. */
const LEAST = 16;

export class Refinement {
  /** By the bits of this byte so far. */
  readonly #byBits: Uint16Array;
  /** By these and the last byte. */
  readonly #byByte: Uint16Array;
  /** The nearer of the two points that the last answer came from. */
  #bitsAt = 0;
  #byteAt = 0;

  constructor(arena: Arena) {
    this.#byBits = arena.halves(256 * POINTS);
    this.#byByte = arena.halves((1 << TABLE_BITS) * POINTS);
    for (const curves of [this.#byBits, this.#byByte])
      for (let i = 0; i < curves.length; i++)
        curves[i] = SQUASH[Math.min((i % POINTS) << POINT_SHIFT, SQUASH.length - 1)] as number;
  }

  /** The probability of a one, 16 bits, `LEAST` away from both ends at the least. */
  refine(odds: number, partial: number, lastByte: number): number {
    const place = odds + STRETCH_LIMIT + 1;
    const point = place >> POINT_SHIFT;
    const share = place & ((1 << POINT_SHIFT) - 1);
    const nearer = share >> (POINT_SHIFT - 1);
    const bits = partial * POINTS + point;
    const byte = (Math.imul(lastByte | (partial << 8), 0x2c1b3c6d) >>> (32 - TABLE_BITS)) * POINTS + point;
    this.#bitsAt = bits + nearer;
    this.#byteAt = byte + nearer;
    const mixed = SQUASH[place] as number;
    const p = (mixed + between(this.#byBits, bits, share) + 2 * between(this.#byByte, byte, share) + 2) >> 2;
    return p < LEAST ? LEAST : p > PROBABILITY_ONE - LEAST ? PROBABILITY_ONE - LEAST : p;
  }

  /** `refine` was called for this bit. */
  learn(bit: number): void {
    follow(this.#byBits, this.#bitsAt, bit);
    follow(this.#byByte, this.#byteAt, bit);
  }
}

function between(curve: Uint16Array, at: number, share: number): number {
  return ((curve[at] as number) * ((1 << POINT_SHIFT) - share) + (curve[at + 1] as number) * share) >> POINT_SHIFT;
}

function follow(curve: Uint16Array, at: number, bit: number): void {
  const p = curve[at] as number;
  curve[at] = p + ((bit * (PROBABILITY_ONE - 1) - p) >> RATE_SHIFT);
}
