import type { Arena } from "./arena.ts";

/**
 * The contexts that were always followed by the same byte: most of them are, and here they cost four bytes each instead
 * of two slots. An entry is a check of 16 bits, a count and the byte; `BRANCHED` as the count says that another byte
 * has followed since, and that the context has slots.
 */
export const BRANCHED = 255;
/** Above this a run is a run. */
const LONGEST_RUN = 100;
/** A branched context is worth as much as a run of so many when room is needed. */
const BRANCHED_WORTH = 10;
/** Entries in which a context is looked for: a quarter of a line of the processor's cache. */
const WAYS = 4;

export class Runs {
  readonly #entries: Int32Array;
  readonly #mask: number;

  /** @param size bytes, a power of two */
  constructor(arena: Arena, size: number) {
    this.#entries = arena.words(size / 4);
    this.#mask = size / 4 - WAYS;
  }

  /** See `Slots.touch`. */
  touch(hash: number): number {
    return this.#entries[(hash << 2) & this.#mask] as number;
  }

  /** Where the entry of the context that hashes to `hash` is, or where one may be put. */
  locate(hash: number): number {
    const entries = this.#entries;
    const check = hash >>> 16;
    const first = (hash << 2) & this.#mask;
    let at = first;
    let least = BRANCHED;
    for (let place = first; place < first + WAYS; place++) {
      const entry = entries[place] as number;
      if (entry >>> 16 === check && entry !== 0) return place;
      const count = (entry >>> 8) & 255;
      const worth = count === BRANCHED ? BRANCHED_WORTH : count;
      if (worth < least) {
        least = worth;
        at = place;
      }
    }
    return at;
  }

  /** Count and byte of the entry at `place`, count × 256 + byte; 0 when it is not that of `hash`. */
  read(place: number, hash: number): number {
    const entry = this.#entries[place] as number;
    return entry >>> 16 === hash >>> 16 ? entry & 0xffff : 0;
  }

  write(place: number, hash: number, count: number, byte: number): void {
    const kept = count > LONGEST_RUN && count !== BRANCHED ? LONGEST_RUN : count;
    this.#entries[place] = (hash & 0xffff0000) | (kept << 8) | byte;
  }
}
