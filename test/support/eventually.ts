import { setTimeout as sleep } from "node:timers/promises";

/** Loopback answers in milliseconds; a pause this short costs nothing and adds nothing to a test's time. */
const PAUSE_MS = 10;

/**
 * Calls `attempt` until it returns something true (a count of 0 is "not yet") and does not throw.
 * @throws Error with what the last attempt said, after `ms` milliseconds
 */
export async function eventually<T>(
  attempt: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 10_000,
  what = "what was waited for",
): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    let last: unknown;
    try {
      const got = await attempt();
      if (got) return got;
      last = got;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= until)
      throw new Error(`Waited ${ms} ms for ${what}: ${String(last)}`, last instanceof Error ? { cause: last } : {});
    await sleep(PAUSE_MS);
  }
}
