/** Seconds until the next cut: exponential with the profile's mean, out of a number in [0, 1). */
export function cutAfter(random: number, meanSeconds: number): number {
  return -Math.log(1 - random) * meanSeconds;
}

/** A small generator of its own, so that a seed gives the same line on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
