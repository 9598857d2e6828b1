import { checksumOf } from "./checksum.ts";
import { compressWithHistory, decompress } from "./encoding/brotli.ts";
import { rewrapBase64, unwrapBase64 } from "./encoding/unwrap-base64.ts";
import { unzstd, zstdWithHistory } from "./encoding/zstd.ts";
import { envelopeLines } from "./history-item.ts";
import { LARGE_CONTENT } from "./large-content.ts";
import type { ParcelHeader } from "./parcel.ts";
import type { SharedContext } from "./shared-context.ts";
import { FieldReader, FieldWriter } from "./wire/bytes.ts";
import type { Codec, Encoding } from "./wire/parcel-head.ts";

/**
 * A parcel's content into what crosses the line, and back. Lossless: what comes out is checked against the header's
 * checksum, so that a history which is not what it was thought to be can never become a wrong message.
 */

/** Bytes of a dictionary, the same at both ends. Zstandard indexes all of it for every message: 1.5 MiB would take 7 ms. */
const ZSTD_DICTIONARY = 1024 * 1024;
const BROTLI_DICTIONARY = 1536 * 1024;

export interface Encoded {
  readonly encoding: Encoding;
  readonly bytes: Uint8Array;
  /** Parcels completed after the base that it assumes. */
  readonly completed: number;
  /** Why the better codec could not be used. */
  readonly trouble?: string;
}

/** What the peer can undo, and what is wanted of it. */
export interface PeerCodecs {
  readonly mixing: boolean;
  /** Its static dictionary is ours, so that history means the same at both ends. */
  readonly history: boolean;
  /** Rather the quick codec than the best one. */
  readonly quick: boolean;
}

/** @param plain at most `LARGE_CONTENT` bytes; longer content is `encodeLarge`'s */
export async function encodeParcel(
  plain: Uint8Array,
  header: ParcelHeader,
  context: SharedContext,
  peer: PeerCodecs,
): Promise<Encoded> {
  const unwrapped = unwrapBase64(plain);
  const content = unwrapped ?? plain;
  const completed = context.completed;
  const packed = await pack(content, header, context, completed, peer);
  // What does not compress is sent as it is.
  const { codec, bytes } = packed.bytes.length < content.length ? packed : { codec: "raw" as const, bytes: content };
  const { trouble } = packed;
  // The decoder must know where the content ends before it can be wrapped again.
  const length = unwrapped === undefined ? new Uint8Array() : new FieldWriter().varint(content.length).done();
  return {
    encoding: { codec, unwrapped: unwrapped !== undefined },
    bytes: Buffer.concat([length, bytes]),
    completed,
    ...(trouble === undefined ? {} : { trouble }),
  };
}

export type Decoded =
  | { readonly kind: "plain"; readonly plain: Uint8Array }
  | { readonly kind: "history-unknown" }
  | { readonly kind: "damaged"; readonly reason: string };

/** @param limit bytes that the content may have */
export async function decodeParcel(
  encoded: Uint8Array,
  header: ParcelHeader,
  encoding: Encoding,
  context: SharedContext,
  completed: number,
): Promise<Decoded> {
  if (!context.knows(completed)) return { kind: "history-unknown" };
  try {
    const plain = await unpack(encoded, header, encoding, context, completed);
    if (plain.length === header.size && checksumOf(plain) === header.checksum) return { kind: "plain", plain };
    return { kind: "damaged", reason: "its checksum is wrong" };
  } catch (error) {
    // Whatever a decoder says of bytes that are not what they should be means the same: not this message.
    return { kind: "damaged", reason: String(error) };
  }
}

interface Packed {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
  readonly trouble?: string;
}

async function pack(
  content: Uint8Array,
  header: ParcelHeader,
  context: SharedContext,
  completed: number,
  peer: PeerCodecs,
): Promise<Packed> {
  if (!peer.history) return { codec: "brotli-alone", bytes: await compressWithHistory(content, new Uint8Array()) };
  const tail = envelopeLines(header);
  if (peer.quick) {
    const bytes = await zstdWithHistory(content, context.dictionary(completed, tail, ZSTD_DICTIONARY));
    return { codec: "zstd", bytes };
  }
  const mixed: Mixed = peer.mixing ? await mix(content, tail, context, completed) : {};
  if (mixed.bytes !== undefined) return { codec: "mixing", bytes: mixed.bytes };
  const bytes = await compressWithHistory(content, context.dictionary(completed, tail, BROTLI_DICTIONARY));
  return { codec: "brotli", bytes, ...(mixed.trouble === undefined ? {} : { trouble: mixed.trouble }) };
}

interface Mixed {
  readonly bytes?: Uint8Array;
  readonly trouble?: string;
}

/** When the model's thread has died, for want of memory say, mail still goes, in more bytes. */
async function mix(content: Uint8Array, tail: Uint8Array, context: SharedContext, completed: number): Promise<Mixed> {
  const { coder, release } = context.coderAt(completed);
  try {
    return { bytes: await coder.encode(content, tail) };
  } catch (error) {
    return { trouble: String(error) };
  } finally {
    await release();
  }
}

async function unpack(
  encoded: Uint8Array,
  header: ParcelHeader,
  { codec, unwrapped }: Encoding,
  context: SharedContext,
  completed: number,
): Promise<Uint8Array> {
  const from = new FieldReader(encoded);
  // Unwrapping makes content shorter, never longer: the size in the header bounds all that is allocated.
  const length = unwrapped ? from.varint(header.size) : header.size;
  const content = await decode(codec, from.rest(), length, header, context, completed);
  return unwrapped ? rewrapBase64(content, header.size) : content;
}

async function decode(
  codec: Codec,
  bytes: Uint8Array,
  length: number,
  header: ParcelHeader,
  context: SharedContext,
  completed: number,
): Promise<Uint8Array> {
  if (codec === "raw") return bytes;
  const tail = envelopeLines(header);
  if (codec === "brotli-alone") return decompress(bytes, new Uint8Array(), length);
  if (codec === "zstd") return unzstd(bytes, context.dictionary(completed, tail, ZSTD_DICTIONARY), length);
  if (codec === "brotli") return decompress(bytes, context.dictionary(completed, tail, BROTLI_DICTIONARY), length);
  if (length > LARGE_CONTENT)
    throw new RangeError(`Cannot decode ${length} bytes: the mixing codec has at most ${LARGE_CONTENT}`);
  const { coder, release } = context.coderAt(completed);
  try {
    return await coder.decode(bytes, length, tail);
  } finally {
    await release();
  }
}
