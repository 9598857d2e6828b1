import type { Arena } from "./arena.ts";
import { appended } from "./hash.ts";
import { RING_BYTES, type Ring } from "./ring.ts";

/**
 * Looks for the last place where the bytes just seen were seen before, and expects what followed there. Mail quotes:
 * whole paragraphs come back with `> ` before each line, so a match that such a mark broke is taken up behind it.
 */
export interface MatchShape {
  /** Bytes that must agree before a place is believed. */
  readonly least: number;
  /** Places are remembered in a table of 2 to this power. */
  readonly placesBits: number;
  /** One place in so many is remembered, a power of two; a long match is found a few bytes later then. */
  readonly every: number;
}

/** Bytes that are compared when a place is found; more only count as they come. */
const COMPARED = 40;
const LONGEST = 65535;

/** Registers in the arena. */
const AT = { pointer: 0, length: 1, lost: 2 } as const;
const REGISTERS = 3;

export class Match {
  readonly #ring: Ring;
  readonly #shape: MatchShape;
  /** For each hash of the last bytes: the position behind them. */
  readonly #places: Int32Array;
  readonly #registers: Int32Array;

  constructor(arena: Arena, ring: Ring, shape: MatchShape) {
    this.#ring = ring;
    this.#shape = shape;
    this.#places = arena.words(1 << shape.placesBits);
    this.#registers = arena.words(REGISTERS);
  }

  /** How many bytes before this one agreed; 0 when nothing is expected. */
  get length(): number {
    return this.#registers[AT.length] as number;
  }

  /** The byte that the match expects next; of meaning only when `length` is not 0. */
  get expected(): number {
    return this.#ring.at(this.#registers[AT.pointer] as number);
  }

  /**
   * `byte` has come, and is in the ring already.
   * @param inMark whether the line so far, with this byte, is only a mark of quoting
   */
  push(byte: number, inMark: boolean): void {
    const registers = this.#registers;
    const ring = this.#ring;
    const { position } = ring;
    let pointer = registers[AT.pointer] as number;
    let length = registers[AT.length] as number;
    if (length > 0 && ring.at(pointer) === byte) {
      if (length < LONGEST) length++;
      pointer++;
    } else if (length > 0) {
      registers[AT.lost] = pointer;
      length = 0;
    }
    const remembered = (position & (this.#shape.every - 1)) === 0;
    if (length === 0 || remembered) {
      const hash = this.#hash(position);
      if (length === 0) {
        pointer = this.#places[hash] as number;
        length = this.#agreeing(position, pointer);
        if (length === 0 && inMark && registers[AT.lost] !== 0) {
          pointer = registers[AT.lost] as number;
          length = 1;
        }
      }
      if (remembered) this.#places[hash] = position;
    }
    registers[AT.pointer] = pointer;
    registers[AT.length] = length;
  }

  #hash(position: number): number {
    const ring = this.#ring;
    const { least, placesBits } = this.#shape;
    let hash = 0;
    for (let back = 1; back <= least; back++) hash = appended(hash, ring.at(position - back));
    return hash >>> (32 - placesBits);
  }

  /** How many bytes before the two places agree; 0 when fewer than enough. */
  #agreeing(position: number, pointer: number): number {
    const ring = this.#ring;
    if (pointer === 0 || position - pointer >= RING_BYTES) return 0;
    let length = 0;
    while (length < COMPARED && ring.at(pointer - 1 - length) === ring.at(position - 1 - length)) length++;
    return length < this.#shape.least ? 0 : length;
  }
}
