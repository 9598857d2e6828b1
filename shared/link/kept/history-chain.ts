import { ROOT } from "./history-state.ts";

/**
 * The items of one history in memory, and which of them are given up (pure). Items form chains by their parents; after
 * cuts there may be branches that the peer never had.
 */
export interface Item {
  /** Grows with each item; what has the lowest is given up first. */
  readonly seq: number;
  readonly state: string;
  readonly parent: string;
  readonly length: number;
  /** Absent of an item that is longer than the window: it can be in no window, and is only the end of them. */
  readonly bytes?: Uint8Array;
}

/** What a body that is partly here will be decoded with: all of it, or it is of no use. */
export interface Pin {
  /** Its window. */
  readonly base: string;
  /** The items that have led to these states, after the base. */
  readonly states: readonly string[];
}

interface Walk {
  /** Newest first. */
  readonly inside: Item[];
  /** The first that does not fit. Without it the walk would meet a gap, and nobody could tell what is missing. */
  readonly end?: Item;
}

/** Kept, in windows: one that is in use, and as much again for what the other end may still name. */
const WINDOWS_KEPT = 2;
/** And at most as much for what is pinned. */
const WINDOWS_PINNED = 2;

export class HistoryChain {
  readonly #window: number;
  /** Oldest first. */
  readonly #items = new Map<string, Item>();
  /** States whose windows are known to be whole; until something is given up. */
  readonly #whole = new Set<string>();
  #kept = 0;
  #newest: Item | undefined;

  /** @param window bytes that one window may have; 0: nothing is held */
  constructor(window: number) {
    this.#window = window;
  }

  /** The newest state that `has` knows: after damage, one before the gap. The peer is told that it is here. */
  get tip(): string {
    const newestFirst = [...this.#items.keys()].reverse();
    return newestFirst.find((state) => this.has(state)) ?? ROOT;
  }

  /** Of the newest item. */
  get seq(): number {
    return this.#newest?.seq ?? 0;
  }

  get(state: string): Item | undefined {
    return this.#items.get(state);
  }

  /** Takes an item as the newest. @returns the older one of the same state, which is held no longer */
  add(item: Item): Item[] {
    if (this.#window === 0) return [];
    const before = this.#items.get(item.state);
    if (before !== undefined) this.#forget(before);
    this.#items.set(item.state, item);
    this.#kept += sizeOf(item);
    this.#newest = item;
    return before === undefined ? [] : [before];
  }

  /**
   * Gives up the oldest beyond the limit.
   *
   * @param pins what is spared, the most important first; asked for only when something must go
   * @returns what is held no longer
   */
  trim(pins: () => readonly Pin[]): Item[] {
    const limit = WINDOWS_KEPT * this.#window;
    if (this.#kept <= limit) return [];
    const spared = this.#sparedFor(pins());
    let unpinned = this.#kept - sizeOfAll(spared);
    const gone: Item[] = [];
    for (const oldest of this.#items.values()) {
      if (unpinned <= limit) break;
      if (spared.has(oldest)) continue;
      this.#forget(oldest);
      unpinned -= sizeOf(oldest);
      gone.push(oldest);
    }
    if (gone.length > 0) this.#whole.clear();
    return gone;
  }

  /** What these need, of as many of them as fit. */
  #sparedFor(pins: readonly Pin[]): Set<Item> {
    const spared = new Set<Item>();
    const walks = new Map<string, Walk | undefined>();
    let left = WINDOWS_PINNED * this.#window;
    for (const { base, states } of pins) {
      // Many have the same base, and a window may have thousands of items.
      if (!walks.has(base)) walks.set(base, this.#walk(base));
      const walk = walks.get(base);
      const after = states.flatMap((state) => this.#items.get(state) ?? []);
      // Something is missing already.
      if (walk === undefined || after.length < states.length) continue;
      const needed = [...walk.inside, ...(walk.end === undefined ? [] : [walk.end]), ...after];
      const more = needed.filter((item) => !spared.has(item));
      const bytes = sizeOfAll(more);
      if (bytes > left) continue;
      left -= bytes;
      for (const item of more) spared.add(item);
    }
    return spared;
  }

  #forget(item: Item): void {
    this.#items.delete(item.state);
    this.#kept -= sizeOf(item);
  }

  has(state: string): boolean {
    if (this.#whole.has(state)) return true;
    const whole = this.window(state) !== undefined;
    if (whole) this.#whole.add(state);
    return whole;
  }

  /**
   * What leads to a state, oldest first: as many items as fit into the window, whatever else is held. Both ends must come
   * to the same bytes, so a window with a gap is none.
   */
  window(state: string): Uint8Array[] | undefined {
    const walk = this.#walk(state);
    return walk?.inside.flatMap(({ bytes }) => bytes ?? []).reverse();
  }

  #walk(state: string): Walk | undefined {
    const inside: Item[] = [];
    let left = this.#window;
    for (let at = state; at !== ROOT; ) {
      const item = this.#items.get(at);
      if (item === undefined) return undefined;
      left -= item.length;
      if (left < 0) return { inside, end: item };
      // Only of a window that was made larger since.
      if (item.bytes === undefined) return undefined;
      inside.push(item);
      at = item.parent;
    }
    return { inside };
  }

  /** These items, in this order; undefined unless all are held. */
  items(states: readonly string[]): Uint8Array[] | undefined {
    const items = states.flatMap((state) => this.#items.get(state)?.bytes ?? []);
    return items.length === states.length ? items : undefined;
  }
}

function sizeOf({ bytes }: Item): number {
  return bytes?.length ?? 0;
}

function sizeOfAll(items: Iterable<Item>): number {
  let sum = 0;
  for (const item of items) sum += sizeOf(item);
  return sum;
}
