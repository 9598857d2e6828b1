import type { Arena } from "./arena.ts";

/** The last 2 MB of all that was learned or coded; older bytes are overwritten. */
export const RING_BYTES = 1 << 21;
const MASK = RING_BYTES - 1;
/** Positions start again from 0 after 1 GB, which only makes matches worse for a while. */
const POSITIONS = 0x3fffffff;

export class Ring {
  readonly #bytes: Uint8Array;
  readonly #position: Int32Array;

  constructor(arena: Arena) {
    this.#bytes = arena.bytes(RING_BYTES);
    this.#position = arena.words(1);
  }

  /** Behind the last byte. */
  get position(): number {
    return this.#position[0] as number;
  }

  at(position: number): number {
    return this.#bytes[position & MASK] as number;
  }

  push(byte: number): void {
    const position = this.#position[0] as number;
    this.#bytes[position & MASK] = byte;
    this.#position[0] = (position + 1) & POSITIONS;
  }
}
