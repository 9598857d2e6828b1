/**
 * One block of memory for all that a model has learned, so that a private copy of it is one move of memory: a message
 * is coded on a copy, and a copy per message must cost a few milliseconds at most.
 */
export class Arena {
  readonly #memory: Uint8Array<ArrayBuffer>;
  #taken = 0;

  constructor(size: number) {
    this.#memory = new Uint8Array(size);
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#take(length), length);
  }

  halves(length: number): Uint16Array {
    return new Uint16Array(this.#memory.buffer, this.#take(2 * length), length);
  }

  words(length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, this.#take(4 * length), length);
  }

  copyFrom(other: Arena): void {
    this.#memory.set(other.#memory);
  }

  /** Starts on a line of the processor's cache: a slot that lies across two would be read twice as slowly. */
  #take(size: number): number {
    const start = this.#taken;
    this.#taken = (start + size + LINE - 1) & -LINE;
    if (this.#taken > this.#memory.length)
      throw new RangeError(
        `The model's memory of ${this.#memory.length} bytes is too small: ${this.#taken} are needed`,
      );
    return start;
  }
}

const LINE = 64;
