import { ROOT } from "./kept/history-state.ts";
import type { IncomingHead } from "./kept/incoming.ts";
import { type HistoryStore, SharedContext } from "./shared-context.ts";
import type { Assumed } from "./wire/parcel-head.ts";

/** The histories of the two directions, as the receiver of one of them sees them. */
export interface Histories {
  readonly received: HistoryStore & { items(states: readonly string[]): Uint8Array[] | undefined };
  readonly sent: HistoryStore;
}

/** Which history the peer's parcels assume: it names a base, and then counts what has become complete since. */
export class ReceiverContext {
  readonly #histories: Histories;
  #current: SharedContext;
  /** Contexts that were left; parcels that are still being decoded hold them. */
  #left: SharedContext[] = [];

  constructor(histories: Histories) {
    this.#histories = histories;
    const root = SharedContext.open(histories.received, histories.sent, { own: ROOT, other: ROOT });
    if (root === undefined) throw new Error("A history does not know its own beginning");
    this.#current = root;
  }

  get current(): SharedContext {
    return this.#current;
  }

  /** Follows the peer to the base that it names. @returns the addresses known there; undefined: it is not here */
  assume({ base, completed }: Assumed): readonly string[] | undefined {
    if (base !== undefined) {
      const { received, sent } = this.#histories;
      const context = SharedContext.open(received, sent, base);
      if (context === undefined) return undefined;
      this.#left.push(this.#current);
      this.#current = context;
    }
    return this.#current.addresses(completed);
  }

  /** Frees the models of contexts that were left: nothing is being decoded in them any more. */
  async tidy(): Promise<void> {
    const left = this.#left;
    this.#left = [];
    for (const context of left) await context.close();
  }

  async close(): Promise<void> {
    await this.tidy();
    await this.#current.close();
  }
}

/** What a body of an earlier session assumed; undefined when the history does not have it any more. */
export async function contextOf({ received, sent }: Histories, head: IncomingHead): Promise<SharedContext | undefined> {
  const items = received.items(head.states);
  const context = SharedContext.open(received, sent, head.base);
  if (items === undefined || context === undefined) return undefined;
  for (const item of items) {
    context.complete([]);
    await context.learn(item, false);
  }
  return context;
}

/** Whether a body that is partly here can be decoded when the rest has come: only then is it worth going on with. */
export function canGoOn({ received, sent }: Histories, head: IncomingHead): boolean {
  return received.items(head.states) !== undefined && received.has(head.base.own) && sent.has(head.base.other);
}
