/**
 * How many entries of each kind may be under way at once (pure). What is over its kind's limit is held back without
 * keeping others waiting, and comes when one of its own is done.
 */
export class Shares<T> {
  readonly #limitOf: (kind: string) => number | undefined;
  readonly #underWay = new Map<string, number>();
  readonly #heldBack = new Map<string, T[]>();
  /** Known to be full since somebody was let go: ten thousand that wait are not ten thousand questions. */
  readonly #full = new Set<string>();

  /** @param limitOf asked again when one is done or all are looked at anew, so that a change holds soon; undefined: no limit */
  constructor(limitOf: (kind: string) => number | undefined) {
    this.#limitOf = limitOf;
  }

  isFull(kind: string): boolean {
    if (this.#full.has(kind)) return true;
    const limit = this.#limitOf(kind);
    const full = limit !== undefined && (this.#underWay.get(kind) ?? 0) >= limit;
    if (full) this.#full.add(kind);
    return full;
  }

  /** @returns false when the kind is full; otherwise give it back with `release` */
  take(kind: string): boolean {
    if (this.isFull(kind)) return false;
    this.#underWay.set(kind, (this.#underWay.get(kind) ?? 0) + 1);
    return true;
  }

  holdBack(kind: string, one: T): void {
    const held = this.#heldBack.get(kind);
    if (held === undefined) this.#heldBack.set(kind, [one]);
    else held.push(one);
  }

  release(kind: string): void {
    this.#full.delete(kind);
    const left = (this.#underWay.get(kind) ?? 1) - 1;
    if (left > 0) this.#underWay.set(kind, left);
    else this.#underWay.delete(kind);
  }

  /** @returns who may go now, of those held back */
  next(kind: string): T | undefined {
    const held = this.#heldBack.get(kind);
    return held === undefined || held.length === 0 || this.isFull(kind) ? undefined : held.shift();
  }

  /** Everybody is looked at anew: nobody is held back twice. */
  forgetHeldBack(): void {
    this.#heldBack.clear();
    this.#full.clear();
  }
}
