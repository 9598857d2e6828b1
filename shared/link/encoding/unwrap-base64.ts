import { FieldReader, FieldWriter } from "#shared/link/wire/bytes.js";
import { findRuns, type Run } from "./base64-run.ts";

/**
 * Base64 bodies as the bytes that they stand for: a third shorter, and open to compression (pure). Done only where the text
 * can be rebuilt exactly.
 *
 * Form: pieces of (length of literal bytes, the literal bytes, length of decoded bytes, 2 × line length + CRLF, the
 * decoded bytes); the last piece ends after its literal bytes.
 */

/** @returns undefined when there is nothing to gain */
export function unwrapBase64(plain: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  const runs = findRuns(bytes).flatMap((run) => decoded(bytes, run) ?? []);
  if (runs.length === 0) return undefined;
  const to = new FieldWriter();
  let at = 0;
  for (const { run, content } of runs) {
    to.sized(bytes.subarray(at, run.start));
    to.varint(content.length)
      .varint(2 * run.lineLength + (run.crlf ? 1 : 0))
      .raw(content);
    at = run.end;
  }
  return to.sized(bytes.subarray(at)).done();
}

/**
 * The message again.
 *
 * @param limit bytes that it may have at the most; checked before memory is taken
 * @throws RangeError for a longer message or a line without length, MalformedFrameError for pieces that are not whole
 */
export function rewrapBase64(unwrapped: Uint8Array, limit: number): Uint8Array {
  const from = new FieldReader(unwrapped);
  const parts: Uint8Array[] = [];
  let size = 0;
  const take = (length: number): void => {
    size += length;
    if (size > limit) throw new RangeError(`Cannot wrap a message again: it would have more than ${limit} bytes`);
  };
  for (;;) {
    const literal = from.sized(limit);
    take(literal.length);
    parts.push(literal);
    if (from.empty) return Buffer.concat(parts);
    const length = from.varint(limit);
    const shape = from.varint(MAX_SHAPE);
    const lineLength = Math.floor(shape / 2);
    if (lineLength === 0) throw new RangeError("Cannot wrap a message again: a line has no length, wanted 1 or more");
    const content = from.raw(length);
    take(wrappedLength(length, lineLength, shape % 2 === 1));
    parts.push(wrap(content, lineLength, shape % 2 === 1));
  }
}

const MAX_SHAPE = 2 * 1000 + 1;

function decoded(bytes: Buffer, run: Run): { run: Run; content: Buffer } | undefined {
  const text = bytes.subarray(run.start, run.end);
  const content = Buffer.from(text.toString("latin1"), "base64");
  // Bits behind the padding, or a line of another length in between: it stays as it is.
  return wrap(content, run.lineLength, run.crlf).equals(text) ? { run, content } : undefined;
}

function wrappedLength(bytes: number, lineLength: number, crlf: boolean): number {
  const characters = 4 * Math.ceil(bytes / 3);
  return characters + Math.max(0, Math.ceil(characters / lineLength) - 1) * (crlf ? 2 : 1);
}

function wrap(content: Buffer, lineLength: number, crlf: boolean): Buffer {
  const text = Buffer.from(content.toString("base64"), "latin1");
  const wrapped = Buffer.allocUnsafe(wrappedLength(content.length, lineLength, crlf));
  let to = 0;
  for (let at = 0; at < text.length; at += lineLength) {
    if (at > 0 && crlf) to = wrapped.writeUInt8(CR, to);
    if (at > 0) to = wrapped.writeUInt8(LF, to);
    to += text.copy(wrapped, to, at, at + lineLength);
  }
  return wrapped;
}

const LF = 10;
const CR = 13;
