import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
const pack = promisify(brotliCompress) as (bytes: Uint8Array, options: object) => Promise<Buffer>;
const unpack = promisify(brotliDecompress) as (bytes: Uint8Array, options: object) => Promise<Buffer>;
export function compressWithHistory(plain: Uint8Array, dictionary: Uint8Array): Promise<Uint8Array> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: plain.length > 300_000 ? 9 : 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  return pack(plain, { params, ...(dictionary.length === 0 ? {} : { dictionary }) });
}
export function decompress(encoded: Uint8Array, dictionary: Uint8Array, length: number): Promise<Uint8Array> {
  return unpack(encoded, { maxOutputLength: Math.max(1, length), ...(dictionary.length === 0 ? {} : { dictionary }) });
}
