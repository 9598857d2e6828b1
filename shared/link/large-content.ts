import { Readable } from "node:stream";
import { constants, createBrotliCompress, createBrotliDecompress } from "node:zlib";
import { rewrapBase64, unwrapBase64 } from "./encoding/unwrap-base64.ts";
import { FieldWriter } from "./wire/bytes.ts";

/**
 * Content that is never held in memory: cut into chunks, each unwrapped by itself, all of them one brotli stream.
 *
 * A chunk on the stream: 1 if its base64 was unwrapped, else 0; its length; its bytes.
 */

/** Longer content goes this way, at both ends. */
export const LARGE_CONTENT = 1024 * 1024;

const CHUNK = 1024 * 1024;
/** A chunk ends at a line end, where there is one. */
const LONGEST_CHUNK = CHUNK + 64 * 1024;
/** The best quality would take minutes. */
const QUALITY = 9;
/** 1 MB of reach: what stands further back hardly repeats in an attachment, and 16 MB would be taken at both ends. */
const WINDOW_BITS = 20;
const LF = 10;

/** Encoded bytes, in pieces. */
export function encodeLarge(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS };
  return Readable.from(framed(content)).pipe(createBrotliCompress({ params }));
}

/**
 * @param limit bytes that may come out in all
 * @throws Error for what `encodeLarge` did not make, or a longer content
 */
export async function* decodeLarge(encoded: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  const stream = createBrotliDecompress();
  Readable.from(encoded)
    .on("error", (error) => stream.destroy(error))
    .pipe(stream);
  let held: Buffer = Buffer.alloc(0);
  let left = limit;
  for await (const part of stream) {
    held = Buffer.concat([held, part as Buffer]);
    for (let frame = frameIn(held); frame !== undefined; frame = frameIn(held)) {
      held = held.subarray(frame.end);
      const plain = frame.unwrapped ? rewrapBase64(frame.bytes, Math.min(left, 2 * LONGEST_CHUNK)) : frame.bytes;
      left -= plain.length;
      if (left < 0) throw new RangeError(`Cannot decode a content: it has more than ${limit} bytes`);
      yield plain;
    }
  }
  if (held.length > 0) throw new RangeError("Cannot decode a content: it ends within a chunk");
}

async function* framed(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks(content)) {
    const unwrapped = unwrapBase64(chunk);
    const bytes = unwrapped ?? chunk;
    yield new FieldWriter()
      .byte(unwrapped === undefined ? 0 : 1)
      .sized(bytes)
      .done();
  }
}

async function* chunks(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of content) {
    held = Buffer.concat([held, piece]);
    if (held.length < CHUNK) continue;
    const end = held.lastIndexOf(LF) + 1;
    if (end === 0 && held.length < LONGEST_CHUNK) continue;
    yield held.subarray(0, end || CHUNK);
    held = held.subarray(end || CHUNK);
  }
  if (held.length > 0) yield held;
}

/** The first chunk, when all of it is there. */
function frameIn(held: Buffer): { bytes: Buffer; unwrapped: boolean; end: number } | undefined {
  const kind = held[0];
  if (kind === undefined) return undefined;
  let length = 0;
  let at = 1;
  for (let scale = 1; ; scale *= 0x80) {
    const byte = held[at];
    if (byte === undefined) return undefined;
    at += 1;
    length += (byte & 0x7f) * scale;
    if (length > LONGEST_CHUNK || scale > LONGEST_CHUNK)
      throw new RangeError("Cannot decode a content: a chunk is too long");
    if (byte < 0x80) break;
  }
  if (kind > 1) throw new RangeError("Cannot decode a content: a chunk is of an unknown kind");
  if (held.length < at + length) return undefined;
  return { bytes: held.subarray(at, at + length), unwrapped: kind === 1, end: at + length };
}
