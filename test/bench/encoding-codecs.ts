import { brotliCompressSync, brotliDecompressSync, constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { STATIC_DICTIONARY } from "#shared/link/encoding/static-dictionary.js";
import { HISTORY_WINDOW } from "#shared/link/history-item.js";
import { MixingModel } from "#shared/link/mixing/model.js";

/** One end's codec and what it remembers. `tail` is what both ends know of this message only. */
export interface Codec {
  advance(item: Uint8Array): void;
  encode(plain: Uint8Array, tail: Uint8Array): Uint8Array;
  decode(encoded: Uint8Array, length: number, tail: Uint8Array): Uint8Array;
}

export interface Contender {
  readonly name: string;
  /** With what both ends hold at the start. */
  readonly make: (history: readonly Uint8Array[]) => Codec;
}

const NOTHING = new Uint8Array();
const SHORT_HISTORY = 256 * 1024;
/** 16 MB for brotli, 8 MB for zstd: the whole history stays in reach. */
const BROTLI_WINDOW_BITS = 24;
const ZSTD_WINDOW_BITS = 23;

/** What is compared, simplest first. */
export const CONTENDERS: readonly Contender[] = [
  { name: "brotli 11 alone", make: () => withDictionary(brotli(11), NOTHING, 0, []) },
  { name: "brotli 11, static dictionary", make: () => withDictionary(brotli(11), STATIC_DICTIONARY, 0, []) },
  byHistory("brotli 11, history 256 KB", brotli(11), SHORT_HISTORY),
  byHistory("brotli 11, history 1 MB", brotli(11), HISTORY_WINDOW),
  byHistory("brotli 9, history 1 MB", brotli(9), HISTORY_WINDOW),
  byHistory("brotli 5, history 1 MB", brotli(5), HISTORY_WINDOW),
  byHistory("zstd 6, history 1 MB", zstd(6), HISTORY_WINDOW),
  byHistory("zstd 19, history 1 MB", zstd(19), HISTORY_WINDOW),
  { name: "mixing, static dictionary", make: () => ({ ...mixing([]), advance: () => undefined }) },
  { name: "mixing, history 1 MB", make: mixing },
];

interface DictionaryCodec {
  pack(plain: Uint8Array, dictionary: Uint8Array): Uint8Array;
  unpack(encoded: Uint8Array, length: number, dictionary: Uint8Array): Uint8Array;
}

function byHistory(name: string, codec: DictionaryCodec, window: number): Contender {
  return { name, make: (history) => withDictionary(codec, STATIC_DICTIONARY, window, history) };
}

/** The last `window` bytes of the history behind `fixed`. */
function withDictionary(
  codec: DictionaryCodec,
  fixed: Uint8Array,
  window: number,
  history: readonly Uint8Array[],
): Codec {
  let held = lastBytes(Buffer.concat(history), window);
  const dictionary = (tail: Uint8Array): Uint8Array =>
    fixed.length === 0 ? NOTHING : Buffer.concat([fixed, held, tail]);
  return {
    advance: (item) => {
      held = lastBytes(Buffer.concat([held, item]), window);
    },
    encode: (plain, tail) => codec.pack(plain, dictionary(tail)),
    decode: (encoded, length, tail) => codec.unpack(encoded, length, dictionary(tail)),
  };
}

function lastBytes(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.subarray(Math.max(0, bytes.length - length));
}

/** As in a session: the window is learned at the start, and then whatever comes. */
function mixing(history: readonly Uint8Array[]): Codec {
  const model = new MixingModel();
  model.prime(STATIC_DICTIONARY);
  model.prime(lastBytes(Buffer.concat(history), HISTORY_WINDOW));
  return {
    advance: (item) => model.prime(item),
    encode: (plain, tail) => model.encode(plain, tail),
    decode: (encoded, length, tail) => model.decode(encoded, length, tail),
  };
}

/** Node's types do not know brotli's dictionary yet (Node ≥ 24.15 has it). */
type WithDictionary = { dictionary?: Uint8Array };

function brotli(quality: number): DictionaryCodec {
  return {
    pack: (plain, dictionary) => {
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
      };
      return brotliCompressSync(plain, { params, ...given(dictionary) });
    },
    unpack: (encoded, length, dictionary) =>
      brotliDecompressSync(encoded, { maxOutputLength: Math.max(1, length), ...given(dictionary) }),
  };
}

function zstd(level: number): DictionaryCodec {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_windowLog]: ZSTD_WINDOW_BITS,
    [constants.ZSTD_c_enableLongDistanceMatching]: 1,
  };
  return {
    pack: (plain, dictionary) =>
      zstdCompressSync(plain, { params, pledgedSrcSize: plain.length, ...given(dictionary) }),
    unpack: (encoded, length, dictionary) =>
      zstdDecompressSync(encoded, { maxOutputLength: Math.max(1, length), ...given(dictionary) }),
  };
}

function given(dictionary: Uint8Array): WithDictionary {
  return dictionary.length === 0 ? {} : { dictionary };
}
