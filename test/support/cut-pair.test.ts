import { once } from "node:events";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { cutPair } from "./cut-pair.ts";

function closed(...ends: Duplex[]): Promise<unknown> {
  return Promise.all(ends.map((end) => end.closed || new Promise((resolve) => end.once("close", resolve))));
}

/** Says what was read when the stream closes, and whether it ended. */
function reading(end: Duplex): { bytes: Buffer; ended: boolean } {
  const seen = { bytes: Buffer.alloc(0), ended: false };
  end.on("data", (chunk: Buffer) => {
    seen.bytes = Buffer.concat([seen.bytes, chunk]);
  });
  end.on("end", () => {
    seen.ended = true;
  });
  return seen;
}

function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_one, index) => index % 251));
}

describe("a pair of streams", () => {
  it("carries all both ways, and the end of each", async () => {
    const { near, far, bytes } = cutPair();
    const [there, back] = [reading(far), reading(near)];
    near.end(pattern(300_000));
    far.end(pattern(100_000));
    await closed(near, far);
    expect([there.bytes.equals(pattern(300_000)), back.bytes.equals(pattern(100_000))]).toEqual([true, true]);
    expect([there.ended, back.ended, bytes]).toEqual([true, true, { up: 300_000, down: 100_000 }]);
  });

  it("holds a writer up while the other end does not read", async () => {
    const { near, far, bytes } = cutPair();
    for (let block = 0; block < 100; block += 1) near.write(pattern(10_000));
    await sleep(5);
    expect(bytes.up).toBeLessThan(200_000);
    far.resume();
    await once(near, "drain");
    expect(bytes.up).toBe(1_000_000);
    near.destroy();
  });

  it.each([1, 2, 10, 399, 400])("cut after %i bytes delivers exactly these, then closes both ends", async (after) => {
    for (const direction of ["up", "down"] as const) {
      const { near, far, bytes } = cutPair({ [direction]: after });
      const [from, to] = direction === "up" ? [near, far] : [far, near];
      const seen = reading(to);
      for (let at = 0; at < 400; at += 10) from.write(pattern(400).subarray(at, at + 10));
      await closed(near, far);
      expect(seen).toEqual({ bytes: pattern(400).subarray(0, after), ended: false });
      expect(bytes[direction]).toBe(after);
    }
  });

  it("cut before the first byte delivers none", async () => {
    const { near, far } = cutPair({ up: 0 });
    const seen = reading(far);
    near.write("x");
    await closed(near, far);
    expect(seen.bytes.length).toBe(0);
  });

  it("delivers to a reader that comes late or reads in small bits before it closes", async () => {
    const { near, far } = cutPair({ up: 777 });
    near.write(pattern(1000));
    await sleep(10);
    expect([near.destroyed, far.destroyed]).toEqual([false, false]);
    const seen: Buffer[] = [];
    far.on("readable", () => {
      for (let bit = far.read(1) as Buffer | null; bit !== null; bit = far.read(1) as Buffer | null) seen.push(bit);
    });
    await closed(near, far);
    expect(Buffer.concat(seen).equals(pattern(777))).toBe(true);
  });

  it("lets nothing cross the other way once it is cut", async () => {
    const { near, far, bytes } = cutPair({ up: 10 });
    near.write(pattern(20));
    far.write("too late");
    far.resume();
    await closed(near, far);
    expect(bytes).toEqual({ up: 10, down: 0 });
  });

  it("closes one end when the other is destroyed, after what it had said", async () => {
    const { near, far } = cutPair();
    const seen = reading(far);
    near.write("the last words");
    near.destroy();
    await closed(near, far);
    expect(seen).toEqual({ bytes: Buffer.from("the last words"), ended: false });
  });
});
