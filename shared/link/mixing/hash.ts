/** Spreads two words and the kind of a context over 32 bits; all tables take their places and checks from it. */
export function mixed(kind: number, a: number, b: number): number {
  let h = Math.imul(a + Math.imul(kind, 0x3504f333), 0x2c1b3c6d);
  h = Math.imul((h ^ (h >>> 15)) + b, 0x297a2d39);
  return h ^ (h >>> 16);
}

/** The same context after the first half of the byte; `node` is that half behind a leading one. */
export function halfway(hash: number, node: number): number {
  const h = Math.imul(hash + Math.imul(node, 0x2f0b4c47), 0x2c1b3c6d);
  return h ^ (h >>> 15);
}

/** One more byte behind the bytes that hash to `hash`. */
export function appended(hash: number, byte: number): number {
  return Math.imul(hash + byte + 1, 0x2f0b4c47);
}
