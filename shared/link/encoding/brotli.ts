import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";

/**
 * Brotli with the shared history as dictionary: for peers without the mixing codec, for lines that are faster than it,
 * and for very large bodies. Brotli has no checksum of its own; the parcel's header carries one.
 */

/** Node's types do not know the dictionary yet (Node ≥ 24.15 has it). */
type Brotli = (bytes: Uint8Array, options: Record<string, unknown>) => Promise<Buffer>;
const pack: Brotli = promisify(brotliCompress) as Brotli;
const unpack: Brotli = promisify(brotliDecompress) as Brotli;

/** Beyond this the best quality would keep a machine busy for seconds. */
const LARGE = 256 * 1024;
const QUALITY = { best: 11, large: 9, fast: 5 } as const;
/** 16 MB: the whole history stays in reach. */
const WINDOW_BITS = 24;

/** @param fast the line is quicker than the best quality */
export function compressWithHistory(plain: Uint8Array, dictionary: Uint8Array, fast = false): Promise<Uint8Array> {
  const quality = fast ? QUALITY.fast : plain.length > LARGE ? QUALITY.large : QUALITY.best;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  return pack(plain, { params, ...withDictionary(dictionary) });
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
