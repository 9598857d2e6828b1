import { hash, randomBytes } from "node:crypto";

/**
 * The id that follows a message over every hop: 16 characters of base32 (RFC 4648 §6, no padding),
 * 80 random bits. Made once, by the first qrelay node that takes the message; each node's own
 * Received line carries it.
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const MAIL_ID = /^[A-Z2-7]{16}$/;

export function isMailId(text: string): boolean {
  return MAIL_ID.test(text);
}

export function newMailId(random: Uint8Array = randomBytes(10)): string {
  return base32(random).slice(0, 16);
}

/**
 * The id of a message that follows from another (a bounce, a delay notice): the same cause gives the
 * same id, so that doing it again after a crash meets what is already there.
 */
export function derivedMailId(...cause: readonly string[]): string {
  return base32(hash("sha256", cause.join("\0"), "buffer").subarray(0, 10)).slice(0, 16);
}

/** The 80 bits of a mail id, for where bytes are dear. */
export function mailIdBytes(mailId: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of mailId) {
    held = ((held << 5) | ALPHABET.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

/** The whole characters with which every mail id begins whose bytes begin so. */
export function mailIdBeginning(bytes: Uint8Array): string {
  return base32(bytes).slice(0, Math.floor((bytes.length * 8) / 5));
}

/** RFC 4648 §6 without padding, upper case. */
export function base32(bytes: Uint8Array): string {
  let bits = 0;
  let held = 0;
  let text = "";
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
    }
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}
