export const LF = 0x0a;
export const CR = 0x0d;
export const COMMA = 0x2c;
export const COLON = 0x3a;

/** The most digits a length may have, both ways. Ten digits reach 9,999,999,999: far from losing precision in a number. */
export const MAX_LENGTH_DIGITS = 10;

const utf8 = new TextEncoder();

/** `bytes` as a netstring: decimal length, colon, bytes, comma. A string is taken as UTF-8. */
export function encodeNetstring(bytes: Uint8Array | string): Uint8Array {
  const body = toBytes(bytes);
  return joinBytes([lengthPrefix(body.length), body, ","]);
}

/** The digits and the colon that open a netstring of `length` bytes. */
export function lengthPrefix(length: number): string {
  return `${length}:`;
}

/** The pieces one after another in a new array. Strings are taken as UTF-8. */
export function joinBytes(pieces: readonly (Uint8Array | string)[]): Uint8Array {
  const parts = pieces.map(toBytes);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function toBytes(bytes: Uint8Array | string): Uint8Array {
  return typeof bytes === "string" ? utf8.encode(bytes) : bytes;
}
