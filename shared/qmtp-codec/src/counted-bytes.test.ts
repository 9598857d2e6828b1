import { describe, expect, it } from "vitest";
import { CountedBytes } from "./counted-bytes.ts";

describe("CountedBytes", () => {
  it("keeps the first bytes, counts the rest and leaves what follows", () => {
    const field = new CountedBytes(5, 3);
    expect(field.take(Uint8Array.of(9, 1, 2), 1)).toBe(3);
    expect(field.complete).toBe(false);
    expect(field.take(Uint8Array.of(3, 4, 5, 6), 0)).toBe(3);
    expect([field.complete, field.cut, field.bytes()]).toEqual([true, true, Uint8Array.of(1, 2, 3)]);
  });

  it("takes memory for what arrives, not for what was declared", () => {
    const before = process.memoryUsage().arrayBuffers;
    const fields = Array.from({ length: 100 }, () => new CountedBytes(9_999_999_999, 9_999_999_999));
    for (const field of fields) field.take(Uint8Array.of(1), 0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
  });

  it("grows as far as it must for long runs in small pieces", () => {
    const field = new CountedBytes(1000, 999);
    for (let at = 0; at < 1000; at++) field.take(Uint8Array.of(at % 251), 0);
    expect(field.bytes()).toEqual(Uint8Array.from({ length: 999 }, (_, at) => at % 251));
  });

  it("is complete at once when it is empty", () => {
    const field = new CountedBytes(0, 0);
    expect([field.complete, field.cut, field.bytes().length]).toEqual([true, false, 0]);
  });
});
