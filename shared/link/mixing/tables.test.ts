import { describe, expect, it } from "vitest";
import { SQUASH, STRETCH, STRETCH_LIMIT } from "./tables.ts";

const ZERO = STRETCH_LIMIT + 1;

describe("logistic tables", () => {
  it("squash is ln's inverse to within a unit of 16 bits, but never certain", () => {
    for (let x = -STRETCH_LIMIT; x <= STRETCH_LIMIT; x++)
      expect(Math.abs((SQUASH[ZERO + x] ?? 0) - 65536 / (1 + Math.exp(-x / 256)))).toBeLessThanOrEqual(1);
    expect(Math.min(...SQUASH)).toBeGreaterThan(0);
  });

  it("even odds are one half and back", () => {
    expect(SQUASH[ZERO]).toBe(32768);
    expect(STRETCH[32768 >> 4]).toBe(0);
  });

  it("stretch undoes squash to within what 12 bits of probability tell apart", () => {
    for (let x = -1000; x <= 1000; x += 50) {
      const back = STRETCH[(SQUASH[ZERO + x] ?? 0) >> 4] ?? 0;
      expect(Math.abs(back - x)).toBeLessThanOrEqual(4);
    }
  });
});
