import type { Arena } from "./arena.ts";
import { appended } from "./hash.ts";

/**
 * Looks for the last place where the bytes just seen were seen before, and expects what followed there. Mail quotes:
 * whole paragraphs come back with `> ` before each line, so a match that such a mark broke is taken up behind it.
 */
const RING_BITS = 21;
/** The last 2 MB are remembered; older places are overwritten. */
const RING_BYTES = 1 << RING_BITS;
const RING_MASK = RING_BYTES - 1;
const PLACES_BITS = 18;
/** Bytes that must agree before a place is believed: shorter ones are what the contexts are for. */
const LEAST = 8;
/** Bytes that are compared when a place is found; more only count as they come. */
const COMPARED = 32;
const LONGEST = 65535;

/** Registers in the arena. */
const AT = { position: 0, pointer: 1, length: 2, lost: 3 } as const;
const REGISTERS = 4;

export class Match {
  readonly #ring: Uint8Array;
  /** For each hash of the last bytes: the position behind them. */
  readonly #places: Int32Array;
  readonly #registers: Int32Array;

  constructor(arena: Arena) {
    this.#ring = arena.bytes(RING_BYTES);
    this.#places = arena.words(1 << PLACES_BITS);
    this.#registers = arena.words(REGISTERS);
  }

  /** Bytes seen so far; it starts again from 0 after 1 GB. */
  get position(): number {
    return this.#registers[AT.position] as number;
  }

  /** How many bytes before this one agreed; 0 when nothing is expected. */
  get length(): number {
    return this.#registers[AT.length] as number;
  }

  /** The byte that the match expects next; of meaning only when `length` is not 0. */
  get expected(): number {
    return this.#ring[(this.#registers[AT.pointer] as number) & RING_MASK] as number;
  }

  /** @param inMark whether the line so far, with this byte, is only a mark of quoting */
  push(byte: number, inMark: boolean): void {
    const registers = this.#registers;
    const ring = this.#ring;
    let pointer = registers[AT.pointer] as number;
    let length = registers[AT.length] as number;
    if (length > 0 && ring[pointer & RING_MASK] === byte) {
      if (length < LONGEST) length++;
      pointer++;
    } else if (length > 0) {
      registers[AT.lost] = pointer;
      length = 0;
    }
    ring[(registers[AT.position] as number) & RING_MASK] = byte;
    const position = ((registers[AT.position] as number) + 1) & 0x3fffffff;
    const hash = this.#hash(position);
    if (length === 0) {
      pointer = this.#places[hash] as number;
      length = this.#agreeing(position, pointer);
      if (length === 0 && inMark && registers[AT.lost] !== 0) {
        pointer = registers[AT.lost] as number;
        length = 1;
      }
    }
    this.#places[hash] = position;
    registers[AT.position] = position;
    registers[AT.pointer] = pointer;
    registers[AT.length] = length;
  }

  #hash(position: number): number {
    const ring = this.#ring;
    let hash = 0;
    for (let back = 1; back <= LEAST; back++) hash = appended(hash, ring[(position - back) & RING_MASK] as number);
    return hash >>> (32 - PLACES_BITS);
  }

  /** How many bytes before the two places agree; 0 when fewer than enough. */
  #agreeing(position: number, pointer: number): number {
    const ring = this.#ring;
    if (pointer === 0 || position - pointer >= RING_BYTES) return 0;
    let length = 0;
    while (length < COMPARED && ring[(pointer - 1 - length) & RING_MASK] === ring[(position - 1 - length) & RING_MASK])
      length++;
    return length < LEAST ? 0 : length;
  }
}
