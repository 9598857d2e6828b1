/** Most addresses and replies fit; longer ones double it, so memory follows what has arrived and not what was declared. */
const FIRST_CAPACITY = 64;

/** A run of bytes of known length that arrives in pieces. The first `keep` of them are kept, the rest are let go. */
export class CountedBytes {
  readonly length: number;
  readonly #keep: number;
  #seen = 0;
  #kept = 0;
  #store: Uint8Array;

  constructor(length: number, keep: number) {
    this.length = length;
    this.#keep = Math.min(length, keep);
    this.#store = new Uint8Array(Math.min(this.#keep, FIRST_CAPACITY));
  }

  get complete(): boolean {
    return this.#seen === this.length;
  }

  /** True when bytes were, or will be, let go. */
  get cut(): boolean {
    return this.length > this.#keep;
  }

  /** Takes the bytes of this run that `chunk` has from `at` on; returns the position after them. */
  take(chunk: Uint8Array, at: number): number {
    const count = Math.min(chunk.length - at, this.length - this.#seen);
    const wanted = Math.min(count, this.#keep - this.#kept);
    this.#makeRoom(this.#kept + wanted);
    this.#store.set(chunk.subarray(at, at + wanted), this.#kept);
    this.#kept += wanted;
    this.#seen += count;
    return at + count;
  }

  /** The kept bytes, copied: they never share memory with a chunk that its owner may write to again. */
  bytes(): Uint8Array {
    return this.#store.slice(0, this.#kept);
  }

  #makeRoom(size: number): void {
    if (size <= this.#store.length) return;
    const larger = new Uint8Array(Math.min(this.#keep, Math.max(size, this.#store.length * 2)));
    larger.set(this.#store.subarray(0, this.#kept));
    this.#store = larger;
  }
}
