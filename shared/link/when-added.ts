import type { Store } from "#shared/queue/store.js";

/** A deferred entry on a link that stays open is offered again at least this often. */
const AGAIN_MS = 60_000;

/** Resolves true when something was added to a queue, or a minute has passed; false when the signal ends the wait. */
export function whenAdded(store: Store, queue: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (more: boolean): void => {
      clearTimeout(timer);
      forget();
      signal.removeEventListener("abort", stop);
      resolve(more);
    };
    const stop = (): void => done(false);
    const timer = setTimeout(() => done(true), AGAIN_MS);
    timer.unref();
    const forget = store.onAdded((name) => {
      if (name === queue) done(true);
    });
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}
