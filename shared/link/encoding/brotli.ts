import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";

/**
 * Brotli with the shared history as dictionary: for peers without the mixing codec, and for very large bodies. Brotli has no checksum of its own; the parcel's header carries one.
 */

/** Node's types do not know the dictionary yet (Node ≥ 24.15 has it). */
type Brotli = (bytes: Uint8Array, options: Record<string, unknown>) => Promise<Buffer>;
const pack: Brotli = promisify(brotliCompress) as Brotli;
const unpack: Brotli = promisify(brotliDecompress) as Brotli;

/**
 * Quality by size of the content, on a history of 1 MB: a usual message takes 10–20 ms. The best would take 0.6 s for 256 KB and
 * 2 s for 1 MB; the next gives 1 % more bytes in a third of the time; 9 takes 50 ms for 1 MB, for up to 8 % more.
 */
const BEST = { quality: 11, upTo: 64 * 1024 };
const LARGE = { quality: 10, upTo: 1024 * 1024 };
const HUGE_QUALITY = 9;
/** 16 MB: the whole history stays in reach. */
const WINDOW_BITS = 24;

export function compressWithHistory(plain: Uint8Array, dictionary: Uint8Array): Promise<Uint8Array> {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: qualityFor(plain.length),
    [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  return pack(plain, { params, ...withDictionary(dictionary) });
}

function qualityFor(length: number): number {
  return [BEST, LARGE].find(({ upTo }) => length <= upTo)?.quality ?? HUGE_QUALITY;
}

/**
 * @param length bytes that come out; more is refused before memory is taken
 * @throws Error of zlib for damaged input
 */
export function decompress(encoded: Uint8Array, dictionary: Uint8Array, length: number): Promise<Uint8Array> {
  return unpack(encoded, { maxOutputLength: Math.max(1, length), ...withDictionary(dictionary) });
}

function withDictionary(dictionary: Uint8Array): { dictionary?: Uint8Array } {
  return dictionary.length === 0 ? {} : { dictionary };
}
