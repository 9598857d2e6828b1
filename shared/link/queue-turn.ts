import type { Engine } from "#shared/queue/engine.js";

/**
 * The right to empty a queue, which one drainer has at a time. A session that stays open gives it back while nothing is
 * under way, so that housekeeping and `person move` get their turn.
 */
export class QueueTurn {
  readonly #engine: Engine;
  readonly #queue: string;
  #taking: Promise<() => void> | undefined;

  constructor(engine: Engine, queue: string) {
    this.#engine = engine;
    this.#queue = queue;
  }

  async take(): Promise<void> {
    this.#taking ??= this.#engine.turn(this.#queue);
    await this.#taking;
  }

  release(): void {
    const taking = this.#taking;
    this.#taking = undefined;
    void taking?.then((release) => release());
  }
}
