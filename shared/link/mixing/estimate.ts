/**
 * A probability that learns fast at first and slowly later: 22 bits of it above, below them 10 bits that count how
 * often it has learned.
 */
export const EVEN = 1 << 31;

/** `PACE[n]`: the share of its error, of 65536, by which an estimate moves that has learned n times. */
const PACE = Int32Array.from({ length: 1024 }, (_, n) => Math.floor(65536 / (n + 1.5)));
const SLOWEST = 1023;

/** 16 bits. */
export function probabilityOf(estimate: number): number {
  return estimate >>> 16;
}

export function learned(estimate: number, bit: number): number {
  const count = estimate & 1023;
  const p = estimate >>> 10;
  // The error loses six bits and the pace one, so that their product fits 31.
  const error = ((bit << 22) - bit - p) >> 6;
  const moved = p + (Math.imul(error, (PACE[count] as number) >> 1) >> 9);
  return (moved << 10) | (count < SLOWEST ? count + 1 : count);
}
