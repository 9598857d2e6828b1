/**
 * The logistic pair that the whole model computes in, and the rates of its counters. All of it is integer arithmetic:
 * both ends must get the same bits on every machine, and `Math.exp` is not the same everywhere.
 */

/** Probabilities have 16 bits: 1 … 65535 of 65536. */
export const PROBABILITY_BITS = 16;
export const PROBABILITY_ONE = 1 << PROBABILITY_BITS;

/** Log odds are ln(p / (1 − p)) in units of 1/256, cut at ±2047 (p = 0.99966). */
export const STRETCH_LIMIT = 2047;

/** e^(1/256) with 64 fractional bits. */
const ROOT_OF_E = 18518942588666869714n;
const FRACTION_BITS = 64n;

/** `SQUASH[x + 2048]` is the probability of the log odds x, −2048 … 2047. */
export const SQUASH = squashTable();
/** `STRETCH[p >> 4]` are the log odds of the 16-bit probability p. */
export const STRETCH = stretchTable();

function squashTable(): Uint16Array {
  const table = new Uint16Array(2 * (STRETCH_LIMIT + 1));
  const one = 1n << FRACTION_BITS;
  let power = one;
  for (let x = 0; x <= STRETCH_LIMIT + 1; x++) {
    // p(x) = e^x / (1 + e^x) and p(−x) = 1 − p(x)
    const p = Number((power << BigInt(PROBABILITY_BITS)) / (one + power));
    const kept = Math.min(Math.max(p, 1), PROBABILITY_ONE - 1);
    if (x <= STRETCH_LIMIT) table[STRETCH_LIMIT + 1 + x] = kept;
    table[STRETCH_LIMIT + 1 - x] = PROBABILITY_ONE - kept;
    power = (power * ROOT_OF_E) >> FRACTION_BITS;
  }
  return table;
}

/** The inverse of squash: for each probability the smallest log odds that reach it. */
function stretchTable(): Int16Array {
  const table = new Int16Array(PROBABILITY_ONE >> 4);
  let x = -STRETCH_LIMIT;
  for (let p = 0; p < table.length; p++) {
    while (x < STRETCH_LIMIT && (SQUASH[x + STRETCH_LIMIT + 1] ?? 0) < p << 4) x++;
    table[p] = x;
  }
  return table;
}
