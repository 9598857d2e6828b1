import { encodeNetstring, toBytes } from "./netstring.ts";

/** K: accepted, the responsibility has passed. Z: not now, try again. D: never. */
export type ReplyLetter = "K" | "Z" | "D";

/** Bytes of text in a reply. Clients show less than 2000; one that refuses a long reply would send its mail twice. */
export const MAX_REPLY_TEXT = 1000;

/**
 * The reply for one recipient. `text` is for people; what a client might trip over is changed: control characters
 * become "?", spaces in front go (the definition reserves them), the end beyond 1000 bytes is cut.
 */
export function encodeReply(letter: ReplyLetter, text: string): Uint8Array {
  const bytes = toBytes(letter + withoutControls(text).replace(/^ +/, ""));
  return encodeNetstring(bytes.subarray(0, characterEnd(bytes, 1 + MAX_REPLY_TEXT)));
}

/** `text` with "?" for control characters and for Unicode's line and paragraph separators. */
export function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, "?");
}

/** The largest position, at most `limit`, that does not cut a UTF-8 character in two. */
function characterEnd(utf8: Uint8Array, limit: number): number {
  let end = Math.min(utf8.length, limit);
  while (isContinuation(utf8[end])) end -= 1;
  return end;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
