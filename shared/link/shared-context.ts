import { STATIC_DICTIONARY } from "./encoding/static-dictionary.ts";
import { addressesIn } from "./history-item.ts";
import { nextState } from "./kept/history-state.ts";
import { type Coder, openCoder } from "./mixing/coder.ts";
import { knownAddresses } from "./wire/address-reference.ts";

/**
 * What both ends hold while parcels cross in one direction: the history up to a base, then what has been completed since
 * in this session. Each end has one for each direction and must come to the same bytes, so items are appended in the
 * order in which bodies become complete on the wire. When a new base is named a new context begins.
 */
export interface HistoryStore {
  has(state: string): boolean;
  /** Items that lead to a state, oldest first; undefined when this end does not have them all. */
  window(state: string): readonly Uint8Array[] | undefined;
  /** @returns the new state */
  append(parent: string, item: Uint8Array): Promise<string>;
}

/** States of this direction's history and of the opposite one's. */
export interface Base {
  readonly own: string;
  readonly other: string;
}

/** Of what went the other way: replies quote it. Less than of our own direction, for most of it is older. */
const OTHER_WINDOW = 384 * 1024;

/** A parcel whose body is complete. Its content may still be being decoded: then `item` comes later. */
interface Completed {
  readonly addresses: readonly string[];
  item?: Uint8Array;
  state?: string;
}

export class SharedContext {
  readonly base: Base;
  readonly #own: HistoryStore;
  readonly #window: readonly Uint8Array[];
  readonly #windowAddresses: readonly string[];
  readonly #completed: Completed[] = [];
  /** Leading parcels of `completed` whose content is known; the model has learned these. */
  #known = 0;
  #bytes = 0;
  #coder: Coder | undefined;
  #broken = false;
  #users = 0;
  #closed = false;

  private constructor(own: HistoryStore, base: Base, window: readonly Uint8Array[]) {
    this.#own = own;
    this.base = base;
    this.#window = window;
    this.#windowAddresses = knownAddresses(newestFirst(window));
  }

  /** @returns undefined when this end does not hold that base */
  static open(own: HistoryStore, other: HistoryStore, base: Base): SharedContext | undefined {
    const mine = own.has(base.own) ? own.window(base.own) : undefined;
    const theirs = other.has(base.other) ? other.window(base.other) : undefined;
    if (mine === undefined || theirs === undefined) return undefined;
    // The most useful last: codecs find near things cheaper.
    return new SharedContext(own, base, [STATIC_DICTIONARY, ...newestWithin(theirs, OTHER_WINDOW), ...mine]);
  }

  /** Parcels completed since the base, in the order of the wire. */
  get completed(): number {
    return this.#completed.length;
  }

  /** Bytes of items since the base; they stay in memory as long as the context does. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The state of our direction after all parcels whose content is known. */
  get state(): string {
    return this.#completed[this.#known - 1]?.state ?? this.base.own;
  }

  /** Addresses that a header may refer to; undefined when it assumes parcels that this end has not seen complete. */
  addresses(count: number): readonly string[] | undefined {
    if (count > this.#completed.length) return undefined;
    const newest = this.#completed.slice(0, count).reverse();
    return knownAddresses([...newest.map(({ addresses }) => addresses), this.#windowAddresses]);
  }

  /** A body has become complete on the wire; its content is told to `learn`, in this order. */
  complete(addresses: readonly string[]): void {
    this.#completed.push({ addresses });
  }

  /**
   * The content of the next completed parcel, in the order of `complete`.
   *
   * @param kept it goes into the history too, for later sessions
   * @returns the state that it leads to
   */
  async learn(item: Uint8Array, kept = true): Promise<string> {
    const parent = this.state;
    const next = this.#completed[this.#known];
    if (this.#broken || next === undefined) return parent;
    const state = nextState(parent, item);
    Object.assign(next, { item, state });
    this.#known += 1;
    this.#bytes += item.length;
    this.#coder?.advance(item);
    if (kept) await this.#own.append(parent, item);
    return state;
  }

  /** The next completed parcel's content will never be known: what assumes it, or a later one, cannot be decoded. */
  lose(): void {
    this.#broken = true;
  }

  /** Whether the first `count` parcels' contents are known. */
  knows(count: number): boolean {
    return count <= this.#known;
  }

  /** States between the base and what a parcel assumes. */
  statesUpTo(count: number): string[] {
    return this.#completed.slice(0, count).flatMap(({ state }) => state ?? []);
  }

  itemsUpTo(count: number): Uint8Array[] {
    return this.#completed.slice(0, count).flatMap(({ item }) => item ?? []);
  }

  /** Begins to build the model, which takes about a second, before it is asked for. */
  warmUp(): void {
    if (!this.#closed) this.#coder ??= openCoder([...this.#window, ...this.itemsUpTo(this.#known)]);
  }

  /** The mixing model after `count` parcels: the one at hand when that is all of them, else one made for this. */
  coderAt(count: number): { readonly coder: Coder; release(): Promise<void> } {
    if (count === this.#known) this.warmUp();
    if (count !== this.#known || this.#coder === undefined) {
      const coder = openCoder([...this.#window, ...this.itemsUpTo(count)]);
      return { coder, release: () => coder.close() };
    }
    this.#users += 1;
    return { coder: this.#coder, release: () => this.#release() };
  }

  async #release(): Promise<void> {
    this.#users -= 1;
    if (this.#closed) await this.close();
  }

  /** The same as bytes, for codecs that take a dictionary: the newest whole items within `limit`, then `tail`. */
  dictionary(count: number, tail: Uint8Array, limit: number): Uint8Array {
    return Buffer.concat([...newestWithin([...this.#window, ...this.itemsUpTo(count)], limit), tail]);
  }

  /** Frees the model's memory for a while; it is built again when it is wanted. */
  async rest(): Promise<void> {
    if (this.#users > 0) return;
    const coder = this.#coder;
    this.#coder = undefined;
    await coder?.close();
  }

  /** Frees the model for good, when those who are using it have done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.rest();
  }
}

function newestWithin(items: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  let first = items.length;
  while (first > 0) {
    left -= items[first - 1]?.length ?? 0;
    if (left < 0) break;
    first -= 1;
  }
  return items.slice(first);
}

function* newestFirst(items: readonly Uint8Array[]): Generator<readonly string[]> {
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const item = items[index];
    if (item !== undefined) yield addressesIn(item);
  }
}
