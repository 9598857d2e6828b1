/**
 * Follows records that lead to other records (aliases, instructions), each once, and finds the circles among them (pure).
 * A record that is met again while it is being followed gives nothing there: the one that was met first answers for the circle.
 */
export interface Followed {
  /** Set when a record was met again: the level that answers for it, -1 when it was followed to its end before. */
  readonly backTo?: number;
}

export class Circles<T extends Followed> {
  /** Being followed right now, with their level. */
  readonly #open = new Map<string, number>();
  /** Followed to their end. The value is the record that answers for one that gave nothing by itself. */
  readonly #closed = new Map<string, string | undefined>();
  readonly #gives: (found: T) => boolean;

  /** @param gives whether anything came of it: a destination, or a problem to be told */
  constructor(gives: (found: T) => boolean) {
    this.#gives = gives;
  }

  /** `backTo` of a record that is being followed, or was; undefined for one that is new. */
  seen(record: string): number | undefined {
    let name: string | undefined = record;
    while (name !== undefined && this.#closed.has(name)) name = this.#closed.get(name);
    return name === undefined ? -1 : this.#open.get(name);
  }

  /**
   * Follows what a new record stands for.
   *
   * @param circular speaks for a circle that nothing leads out of, at the record of it that was met first
   */
  follow(record: string, follow: () => T, circular: () => T): T {
    const level = this.#open.size;
    this.#open.set(record, level);
    const found = follow();
    this.#open.delete(record);
    const gives = this.#gives(found);
    const answeredElsewhere = !gives && found.backTo !== undefined && found.backTo < level;
    const by = answeredElsewhere ? [...this.#open].find(([, at]) => at === found.backTo)?.[0] : undefined;
    this.#closed.set(record, by);
    return gives || answeredElsewhere ? found : circular();
  }
}
