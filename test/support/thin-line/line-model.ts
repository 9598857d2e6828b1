import type { Profile } from "./profile.ts";

/** The air between two ends (pure; times in ms of the line). Says when a byte that is offered leaves and arrives. */
export type Direction = "up" | "down";

export interface LineStats {
  readonly bytes: { readonly up: number; readonly down: number };
  /** Ms in which the line was sending. */
  readonly busy: { readonly up: number; readonly down: number };
  /** Changes of direction on half duplex. */
  readonly turns: number;
}

export class LineModel {
  readonly #profile: Profile;
  readonly #free = { up: 0, down: 0 };
  readonly #bytes = { up: 0, down: 0 };
  readonly #busy = { up: 0, down: 0 };
  #holder: Direction | undefined;
  /** When the last byte of the holder is at the other end. */
  #silentAt = 0;
  #turns = 0;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** Half duplex: whether this direction may send at `now`, when the other has (or has not) bytes that wait. */
  mayStart(direction: Direction, now: number, otherWaits: boolean): boolean {
    if (!this.#profile.half || this.#holder === undefined || this.#holder === direction) return true;
    return !otherWaits && now >= this.#silentAt;
  }

  /** When to ask again. */
  get silentAt(): number {
    return this.#silentAt;
  }

  send(direction: Direction, bytes: number, now: number): { readonly leaves: number; readonly arrives: number } {
    const ms = (bytes * 8000) / this.#profile[direction];
    let start = Math.max(now, this.#free[direction]);
    if (this.#profile.half && this.#holder !== direction) {
      if (this.#holder !== undefined) {
        start = Math.max(start, this.#silentAt) + this.#profile.turn;
        this.#turns += 1;
      }
      this.#holder = direction;
    }
    const leaves = start + ms;
    const arrives = leaves + this.#profile.latency;
    this.#free[direction] = leaves;
    this.#bytes[direction] += bytes;
    this.#busy[direction] += ms;
    this.#silentAt = arrives;
    return { leaves, arrives };
  }

  get stats(): LineStats {
    return { bytes: { ...this.#bytes }, busy: { ...this.#busy }, turns: this.#turns };
  }
}

/** Seconds until the next cut: exponential with the profile's mean, out of a number in [0, 1). */
export function cutAfter(random: number, meanSeconds: number): number {
  return -Math.log(1 - random) * meanSeconds;
}

/** A small generator of its own, so that a seed gives the same line on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
