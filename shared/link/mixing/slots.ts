import type { Arena } from "./arena.ts";

/**
 * Where the bit histories of all contexts lie. A slot serves one context for half a byte: a check byte, then the 15
 * histories of the nodes on the way through four bits. A context that finds no slot of its own takes the one of its
 * three that has seen least.
 */
export const SLOT_BYTES = 16;

export class Slots {
  readonly histories: Uint8Array;
  readonly #words: Int32Array;
  readonly #mask: number;

  /** @param size bytes, a power of two */
  constructor(arena: Arena, size: number) {
    this.#words = arena.words(size / 4);
    this.histories = new Uint8Array(this.#words.buffer, this.#words.byteOffset, size);
    this.#mask = size - SLOT_BYTES;
  }

  /**
   * Writes the start of each context's slot into `starts`. All slots are touched before the first is looked at, so that
   * the memory fetches them side by side: waiting for one after the other would take a third of the time of it all.
   */
  findAll(hashes: Int32Array, starts: Int32Array): void {
    const bytes = this.histories;
    const mask = this.#mask;
    const count = hashes.length;
    let touched = 0;
    for (let i = 0; i < count; i++) touched |= bytes[((hashes[i] as number) << 4) & mask] as number;
    this.touched = touched;
    for (let i = 0; i < count; i++) starts[i] = this.find(hashes[i] as number);
  }

  /** Kept only so that the touching above is not optimised away. */
  touched = 0;

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
    const word = least >> 2;
    const words = this.#words;
    words[word] = 0;
    words[word + 1] = 0;
    words[word + 2] = 0;
    words[word + 3] = 0;
    bytes[least] = check;
    return least;
  }
}
