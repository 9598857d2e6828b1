import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What both ends hold before they have ever met: how mail programs write headers, markup and farewells. It belongs to the
 * version: a peer with another one (the hello says which) gets parcels that need none.
 *
 * The most useful last, for codecs find near things cheaper.
 */
export const STATIC_DICTIONARY: Uint8Array = readFileSync(join(import.meta.dirname, "static-dictionary.txt"));

/** First four bytes of its SHA-256, in hex. */
export const STATIC_DICTIONARY_ID = hash("sha256", STATIC_DICTIONARY, "hex").slice(0, 8);
