/** Finding base64 in the lines of a message (pure). Nothing of MIME is read: broken MIME has base64 too. */

/** A run of base64 lines, all of one length but the last, that can be rebuilt exactly from its bytes. */
export interface Run {
  readonly start: number;
  /** Behind the last character; the line end after it is not part of the run. */
  readonly end: number;
  /** Characters of each line but the last. */
  readonly lineLength: number;
  readonly crlf: boolean;
}

const LF = 10;
const CR = 13;
/** Shorter runs are keys and ids, whose framing would cost what unwrapping saves. */
const LEAST_CHARACTERS = 200;
/** No mailer writes longer lines (RFC 5321 §4.5.3.1.6 allows 998). */
const LONGEST_LINE = 1000;

/** 1: a character of the alphabet; 2: padding. */
const KIND = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") KIND[char.charCodeAt(0)] = 1;
KIND["=".charCodeAt(0)] = 2;

/** All runs, in order. Linear in the length of the message: no line is looked at twice. */
export function findRuns(bytes: Buffer): Run[] {
  const runs: Run[] = [];
  let open: Open | undefined;
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(LF, at);
    const next = found < 0 ? bytes.length : found + 1;
    const crlf = found > at && bytes[found - 1] === CR;
    const end = found < 0 ? bytes.length : crlf ? found - 1 : found;
    const line = { start: at, end, padded: false };
    const usable = isBase64(bytes, line);
    if (open !== undefined && !(usable && continues(open, line, crlf))) {
      close(open, runs);
      open = undefined;
    }
    if (usable) {
      open ??= { start: at, end, lineLength: end - at, crlf, done: false, lines: 0 };
      add(open, line, found >= 0 ? crlf : open.crlf);
    }
    at = next;
  }
  if (open !== undefined) close(open, runs);
  return runs;
}

interface Line {
  readonly start: number;
  readonly end: number;
  padded: boolean;
}

interface Open {
  readonly start: number;
  end: number;
  readonly lineLength: number;
  crlf: boolean;
  /** A shorter or padded line is the last one. */
  done: boolean;
  lines: number;
}

function isBase64(bytes: Buffer, line: Line): boolean {
  const length = line.end - line.start;
  if (length === 0 || length % 4 !== 0 || length > LONGEST_LINE) return false;
  for (let at = line.start; at < line.end; at += 1) {
    const kind = KIND[bytes[at] ?? 0];
    if (kind === 1 && !line.padded) continue;
    // Padding stands in the last two places, and nothing behind it.
    if (kind !== 2 || at < line.end - 2) return false;
    line.padded = true;
  }
  return true;
}

function continues(open: Open, { start, end }: Line, crlf: boolean): boolean {
  return (
    !open.done &&
    end - start <= open.lineLength &&
    (open.lines === 1 || crlf === open.crlf || end - start < open.lineLength)
  );
}

function add(open: Open, { start, end, padded }: Line, crlf: boolean): void {
  // The line end inside the run is the one behind its first line.
  if (open.lines === 0) open.crlf = crlf;
  open.lines += 1;
  open.end = end;
  open.done = padded || end - start < open.lineLength;
}

function close({ start, end, lineLength, crlf }: Open, runs: Run[]): void {
  if (end - start >= LEAST_CHARACTERS) runs.push({ start, end, lineLength, crlf });
}
