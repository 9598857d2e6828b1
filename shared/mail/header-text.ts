import { quoteAddress } from "./address.ts";

/**
 * Foreign text in header fields of our own making: nothing in it may end the line (P5), and
 * whatever is not ASCII becomes encoded words (RFC 2047).
 */

/** Below the 998 bytes a line may have (RFC 5322 §2.1.1), field name included. */
const MAX_VALUE = 900;
/** Bytes of UTF-8 that an encoded word of 75 characters (RFC 2047 §2) holds in base64. */
const MAX_WORD_BYTES = 45;

/** One line without control characters, those of Unicode included: some readers break lines at them. */
export function headerSafe(text: string, limit = MAX_VALUE): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .trim()
    .slice(0, limit);
}

/** Address for a header, where brackets and commas in a domain would begin another address. */
export function headerAddress(address: string): string {
  const safe = headerSafe(address);
  const at = safe.lastIndexOf("@") + 1;
  return quoteAddress(at === 0 ? safe : safe.slice(0, at) + safe.slice(at).replace(/[^\p{L}\p{M}\p{N}.:[\]_-]/gu, "?"));
}

/** The same in printable ASCII, other characters as `?`. */
export function asciiSafe(text: string, limit = MAX_VALUE): string {
  return headerSafe(text, limit).replace(/[^\x20-\x7e]/gu, "?");
}

/** Text for an unstructured field: as it is when it is ASCII, else folded encoded words. */
export function encodeWords(text: string): string {
  const safe = headerSafe(text);
  if (/^[\x20-\x7e]*$/.test(safe)) return safe;
  const words: string[] = [];
  let word = "";
  for (const char of safe) {
    if (Buffer.byteLength(word + char) > MAX_WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += char;
  }
  return [...words, word].map((part) => `=?utf-8?B?${Buffer.from(part).toString("base64")}?=`).join("\n ");
}

/** For people to read; what cannot be decoded stays as it is. */
export function decodeWords(value: string): string {
  // Blanks between two encoded words are part of the encoding (RFC 2047 §6.2).
  const joined = value.replace(/\?=[ \t]+=\?/g, "?==?");
  return joined.replace(/=\?([\w-]+)(?:\*[\w-]*)?\?([bBqQ])\?([^?\s]*)\?=/g, decodeWord);
}

function decodeWord(whole: string, charset: string, encoding: string, text: string): string {
  const bytes = encoding.toLowerCase() === "b" ? Buffer.from(text, "base64") : decodeQ(text);
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A character set nobody here knows: the reader sees what the sender wrote.
    return whole;
  }
}

function decodeQ(text: string): Buffer {
  const latin1 = text
    .replaceAll("_", " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, "latin1");
}
