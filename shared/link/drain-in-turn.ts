import type { SendOptions, SendReport } from "#shared/qmtp/send.js";
import type { Engine } from "#shared/queue/engine.js";
import type { Store } from "#shared/queue/store.js";
import { whenAdded } from "./when-added.ts";

/**
 * Drains a queue as its only drainer. A link that stays open gives the queue back while it waits for more, so that
 * housekeeping and `person move` get their turn.
 *
 * @param stay waits for more when the queue is empty; without it the drain ends with the queue
 */
export async function drainInTurn(
  { engine, store }: { readonly engine: Engine; readonly store: Store },
  queue: string,
  signal: AbortSignal,
  drain: (more: Pick<SendOptions, "more">) => Promise<SendReport>,
  stay = false,
): Promise<SendReport> {
  let release = await engine.turn(queue);
  const more = async (gone: AbortSignal): Promise<boolean> => {
    release();
    const again = await whenAdded(store, queue, AbortSignal.any([gone, signal]));
    release = await engine.turn(queue);
    return again;
  };
  try {
    return await drain(stay ? { more } : {});
  } finally {
    release();
  }
}
