import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Store } from "#shared/queue/store.js";
import { whenAdded } from "./when-added.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const store = new Store("/unused", "hub.example.org");

describe("waiting for mail", () => {
  it("ends when something is added to that queue, and not to another", async () => {
    let ended = false;
    const wait = whenAdded(store, "outbound", new AbortController().signal).then((more) => {
      ended = true;
      return more;
    });
    store.added("sorting");
    await vi.advanceTimersByTimeAsync(1000);
    expect(ended).toBe(false);
    store.added("outbound");
    expect(await wait).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends by itself after a minute, so that deferred mail is offered again", async () => {
    const wait = whenAdded(store, "outbound", new AbortController().signal);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await wait).toBe(true);
  });

  it("says false when the link ends, before or meanwhile", async () => {
    expect(await whenAdded(store, "outbound", AbortSignal.abort())).toBe(false);
    const stop = new AbortController();
    const wait = whenAdded(store, "outbound", stop.signal);
    stop.abort();
    expect(await wait).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});
