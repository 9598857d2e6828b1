import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { spaceGuard } from "./free-space.ts";

const DIR = tmpdir();
const { files } = statfsSync(DIR);

function guarded(limits: { freeSpace: number; freeInodes: number }) {
  const events: string[] = [];
  let now = 0;
  const live = { ...limits };
  const guard = spaceGuard(
    DIR,
    live,
    (event) => void events.push(event),
    () => now,
  );
  const pass = (ms: number): void => {
    now += ms;
  };
  return { guard, events, live, pass };
}

describe("the guard of free space", () => {
  it("lets mail in while there is room, and says nothing", () => {
    const { guard, events } = guarded({ freeSpace: 1, freeInodes: 0 });
    expect(guard()).toBeUndefined();
    expect(events).toEqual([]);
  });

  it.each([
    ["bytes", { freeSpace: Number.MAX_SAFE_INTEGER, freeInodes: 0 }, true],
    ["inodes, where the file system counts them", { freeSpace: 0, freeInodes: Number.MAX_SAFE_INTEGER }, files > 0],
  ])("defers when there are too few %s, never refuses for good", (_what, limits, low) => {
    const { guard, events } = guarded(limits);
    expect(guard()).toEqual(low ? expect.objectContaining({ kind: "deferred", status: "4.3.1" }) : undefined);
    expect(events).toEqual(low ? ["disk-low"] : []);
  });

  it("looks again after a second, recovers by itself and logs each change once", () => {
    const { guard, events, live, pass } = guarded({ freeSpace: Number.MAX_SAFE_INTEGER, freeInodes: 0 });
    expect(guard()?.kind).toBe("deferred");
    live.freeSpace = 1;
    expect(guard()?.kind).toBe("deferred");
    pass(1001);
    expect(guard()).toBeUndefined();
    pass(1001);
    guard();
    expect(events).toEqual(["disk-low", "disk-ok"]);
  });

  it("looks again when the clock has gone back", () => {
    const { guard, live, pass } = guarded({ freeSpace: Number.MAX_SAFE_INTEGER, freeInodes: 0 });
    pass(1_000_000_000);
    guard();
    live.freeSpace = 1;
    pass(-900_000_000);
    expect(guard()).toBeUndefined();
  });
});
