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

/** A chunk ends at a line end, where there is one between these. */
const CHUNK = 256 * 1024;
const LONGEST_CHUNK = CHUNK + 64 * 1024;
/** The best would take minutes, and from 8 on the search tables grow to 32 MB. */
const QUALITY = 7;
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
  const held = new Held();
  let left = limit;
  for await (const part of stream) {
    held.add(part as Buffer);
    for (let frame = frameIn(held); frame !== undefined; frame = frameIn(held)) {
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
  const held = new Held();
  for await (const piece of content) {
    held.add(piece);
    while (held.length >= LONGEST_CHUNK) {
      const end = held.peek(LONGEST_CHUNK).lastIndexOf(LF) + 1;
      yield held.take(end < CHUNK ? LONGEST_CHUNK : end);
    }
  }
  if (held.length > 0) yield held.take(held.length);
}

/** Pieces put together only when they are wanted: joining each as it comes would copy a chunk many times. */
class Held {
  #pieces: Uint8Array[] = [];
  length = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** The first bytes, as far as they are there; they stay. */
  peek(length: number): Buffer {
    const [first] = this.#pieces;
    if (first !== undefined && first.length >= Math.min(length, this.length))
      return Buffer.from(first.buffer, first.byteOffset, Math.min(length, first.length));
    return this.#join().subarray(0, length);
  }

  take(length: number): Buffer {
    const all = this.#join();
    this.#pieces = length < all.length ? [all.subarray(length)] : [];
    this.length = all.length - length;
    return all.subarray(0, length);
  }

  #join(): Buffer {
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }
}

/** Kind and length. */
const MOST_HEAD = 5;

/** The first chunk, when all of it is there. */
function frameIn(held: Held): { bytes: Buffer; unwrapped: boolean } | undefined {
  const head = held.peek(MOST_HEAD);
  const kind = head[0];
  if (kind === undefined) return undefined;
  if (kind > 1) throw new RangeError("Cannot decode a content: a chunk is of an unknown kind");
  let length = 0;
  for (let at = 1, scale = 1; ; at += 1, scale *= 0x80) {
    const byte = head[at];
    if (at >= MOST_HEAD) throw new RangeError("Cannot decode a content: a chunk is too long");
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * scale;
    if (length > LONGEST_CHUNK) throw new RangeError("Cannot decode a content: a chunk is too long");
    if (byte >= 0x80) continue;
    if (held.length < at + 1 + length) return undefined;
    return { bytes: held.take(at + 1 + length).subarray(at + 1), unwrapped: kind === 1 };
  }
}
