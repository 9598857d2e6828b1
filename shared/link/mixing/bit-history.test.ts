import { describe, expect, it } from "vitest";
import { FIRST_ESTIMATE, FIRST_RUN, NEXT, RUN_HISTORY } from "./bit-history.ts";

const historyOf = (bits: readonly number[]): number => bits.reduce((h, bit) => NEXT[256 * bit + h] ?? 0, 0);
const estimate = (bits: readonly number[]): number => FIRST_ESTIMATE[historyOf(bits)] ?? 0;
const times = (n: number, bit: number): number[] => Array.from({ length: n }, () => bit);

describe("bit history", () => {
  it("every history leads to a history that has seen something", () => {
    for (let h = 0; h < FIRST_RUN; h++)
      for (const bit of [0, 256]) {
        expect(NEXT[bit + h]).toBeGreaterThan(0);
        expect(NEXT[bit + h]).toBeLessThan(FIRST_RUN);
      }
  });

  it("the more of a bit was seen, the surer it is", () => {
    const ones = [0, 1, 2, 4, 8, 16, 30].map((n) => estimate(times(n, 1)));
    expect(ones).toEqual(ones.toSorted((a, b) => a - b));
    expect(new Set(ones).size).toBe(ones.length);
    for (const n of [1, 5, 30]) expect(estimate(times(n, 0)) + estimate(times(n, 1))).toBeCloseTo(65535, -1);
  });

  it("a contradiction makes most of what was seen forgotten", () => {
    expect(estimate([...times(30, 1), 0])).toBeLessThan(estimate(times(8, 1)));
    expect(estimate([...times(30, 1), ...times(6, 0)])).toBeLessThan(32768);
  });

  it("a history that has seen more has a greater number, for that is how slots are given up", () => {
    expect(historyOf([1, 1, 0])).toBeGreaterThan(historyOf([1]));
    expect(historyOf(times(20, 0))).toBeGreaterThan(historyOf(times(3, 0)));
  });

  it("a run stays what it is, and a longer one has a greater number", () => {
    for (let h = FIRST_RUN; h < 256; h++) expect([NEXT[h], NEXT[256 + h]]).toEqual([h, h]);
    const runs = [...RUN_HISTORY.subarray(1)];
    expect(runs).toEqual(runs.toSorted((a, b) => a - b));
    expect(runs[0]).toBe(FIRST_RUN);
    expect(runs.at(-1)).toBe(254);
  });
});
