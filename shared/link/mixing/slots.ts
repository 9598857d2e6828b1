import type { Arena } from "./arena.ts";

/**
 * Where the bit histories of contexts lie that were followed by several bytes. A slot serves one context for half a
 * byte: a check byte, then the 15 histories of the nodes on the way through four bits. A context that finds no slot of
 * its own takes the one of its three that has seen least.
 */
export const SLOT_BYTES = 16;

export class Slots {
  /** All slots, and behind them room for the caller's own. */
  readonly histories: Uint8Array;
  readonly words: Int32Array;
  readonly #mask: number;

  /** @param size bytes, a power of two, and `own` more for the caller */
  constructor(arena: Arena, size: number, own: number) {
    this.words = arena.words((size + own) / 4);
    this.histories = new Uint8Array(this.words.buffer, this.words.byteOffset, size + own);
    this.#mask = size - SLOT_BYTES;
  }

  /**
   * Reads where the slot of `hash` will be looked for. Memory is slow: it fetches all slots of a byte side by side when
   * they are touched first, and one after the other, a third slower in all, when they are not.
   */
  touch(hash: number): number {
    return this.histories[(hash << 4) & this.#mask] as number;
  }

  /** The start of the slot of the context that hashes to `hash`; node n's history is n bytes behind it. */
  find(hash: number): number {
    const bytes = this.histories;
    const check = hash >>> 24;
    const first = (hash << 4) & this.#mask;
    if (bytes[first] === check) return first;
    const second = first ^ SLOT_BYTES;
    if (bytes[second] === check) return second;
    const third = first ^ (2 * SLOT_BYTES);
    if (bytes[third] === check) return third;
    let least = first;
    if ((bytes[second + 1] as number) < (bytes[least + 1] as number)) least = second;
    if ((bytes[third + 1] as number) < (bytes[least + 1] as number)) least = third;
    this.clear(least);
    bytes[least] = check;
    return least;
  }

  clear(start: number): void {
    const words = this.words;
    const word = start >> 2;
    words[word] = 0;
    words[word + 1] = 0;
    words[word + 2] = 0;
    words[word + 3] = 0;
  }
}
