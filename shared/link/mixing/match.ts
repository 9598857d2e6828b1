import type { Arena } from "./arena.ts";

/**
 * Looks for the last place where the bytes just seen were seen before, and expects what followed there. Mail quotes:
 * whole paragraphs come back, with `> ` put before each line, so a match that such a mark broke is taken up behind it.
 */
export const RING_BITS = 21;
/** The last 2 MB are remembered; older places are overwritten. */
const RING_BYTES = 1 << RING_BITS;
const RING_MASK = RING_BYTES - 1;
const TABLE_BITS = 18;
/** Bytes that must agree before a place is believed. */
const LEAST = 6;
const LONGEST = 65535;

/** Registers of the arena. */
const AT = { position: 0, pointer: 1, length: 2, lost: 3, lostLength: 4, missed: 5 } as const;
const REGISTERS = 6;

export class Match {
  readonly ring: Uint8Array;
  readonly #table: Int32Array;
  readonly #registers: Int32Array;

  constructor(arena: Arena) {
    this.ring = arena.bytes(RING_BYTES);
    this.#table = arena.words(1 << TABLE_BITS);
    this.#registers = arena.words(REGISTERS);
  }

  /** Bytes seen so far. */
  get position(): number {
    return this.#registers[AT.position] as number;
  }

  /** How many bytes before this one agreed, 0 when nothing is expected. */
  get length(): number {
    return this.#registers[AT.length] as number;
  }

  /** How many bytes since the last miss, 0 … 255. */
  get missed(): number {
    return this.#registers[AT.missed] as number;
  }

  /** The byte that the match expects next; of meaning only when `length` is not 0. */
  get expected(): number {
    return this.ring[(this.#registers[AT.pointer] as number) & RING_MASK] as number;
  }

  /** Byte `back` before the end: 1 is the last one. */
  at(back: number): number {
    return this.ring[(this.position - back) & RING_MASK] as number;
  }

  /** @param inMark whether the line so far is only a mark of quoting */
  push(byte: number, inMark: boolean): void {
    const registers = this.#registers;
    const ring = this.ring;
    let position = registers[AT.position] as number;
    let pointer = registers[AT.pointer] as number;
    let length = registers[AT.length] as number;
    if (length > 0) {
      if (ring[pointer & RING_MASK] === byte) {
        if (length < LONGEST) length++;
        pointer++;
      } else {
        registers[AT.lost] = pointer;
        registers[AT.lostLength] = length;
        registers[AT.missed] = 0;
        length = 0;
      }
    }
    if ((registers[AT.missed] as number) < 255) registers[AT.missed] = (registers[AT.missed] as number) + 1;
    ring[position & RING_MASK] = byte;
    position = (position + 1) & 0x3fffffff;
    registers[AT.position] = position;
    const slot = this.#hash(position);
    if (length === 0) {
      pointer = this.#table[slot] as number;
      length = this.#agreeing(position, pointer);
      if (length === 0 && inMark && (registers[AT.lostLength] as number) > 0) {
        pointer = registers[AT.lost] as number;
        length = 1;
      }
    }
    this.#table[slot] = position;
    registers[AT.pointer] = pointer;
    registers[AT.length] = length;
  }

  #hash(position: number): number {
    const ring = this.ring;
    let hash = 0;
    for (let back = 1; back <= LEAST; back++)
      hash = Math.imul(hash + (ring[(position - back) & RING_MASK] as number) + 1, 0x2f0b4c47);
    return hash >>> (32 - TABLE_BITS);
  }

  /** How many bytes before the two places agree; 0 when fewer than enough. */
  #agreeing(position: number, pointer: number): number {
    const ring = this.ring;
    if (pointer === 0 || position - pointer >= RING_BYTES) return 0;
    let length = 0;
    while (length < 32 && ring[(pointer - 1 - length) & RING_MASK] === ring[(position - 1 - length) & RING_MASK])
      length++;
    return length < LEAST ? 0 : length;
  }
}
