import { describe, expect, it } from "vitest";
import type { Price, Use } from "#shared/link/budget.js";
import { allowedNow, monthAt, monthUse, spentInWords, spentUntil } from "./link-use.ts";

const IRIDIUM: Price = { minute: 1.44, stepMs: 20_000, currency: "USD" };
/** Local time, as the bill has it. */
const NOW = new Date(2026, 10, 27, 9, 0);

/** A journal of windows of the link "sat", by the time they opened. */
function journal(...windows: readonly (Use & { readonly at: Date })[]) {
  return {
    used: (link: string, from: number, until: number) =>
      windows.filter(({ at }) => link === "sat" && at.getTime() >= from && at.getTime() < until),
  };
}

const minute = (at: Date) => ({ at, ms: 60_000, bytes: 1000 });
const THREE = journal(
  minute(new Date(2026, 9, 31, 23, 59)),
  minute(new Date(2026, 10, 1, 0, 0)),
  minute(new Date(2026, 10, 26, 12, 0)),
);

describe("a calendar month", () => {
  it("begins and ends at midnight of the place, in December too", () => {
    expect(monthAt(NOW)).toEqual({ from: new Date(2026, 10, 1), until: new Date(2026, 11, 1) });
    expect(monthAt(new Date(2026, 11, 31, 23, 59)).until).toEqual(new Date(2027, 0, 1));
  });

  it("sums its own windows, with what they cost where that is known", () => {
    expect(monthUse({ name: "sat" }, THREE, NOW)).toEqual({ windows: 2, ms: 120_000, bytes: 2000 });
    expect(monthUse({ name: "sat", price: IRIDIUM }, THREE, NOW).money).toBeCloseTo(2.88, 6);
    expect(monthUse({ name: "hf" }, THREE, NOW)).toEqual({ windows: 0, ms: 0, bytes: 0 });
  });

  it("of a clock that stands at 1970 has nothing of later years in it", () => {
    expect(monthUse({ name: "sat" }, THREE, new Date(1970, 0, 1, 5)).windows).toBe(0);
  });
});

describe("what a window may use now", () => {
  const link = { name: "sat", price: IRIDIUM, budget: { month: { money: 3.5 } } };

  it("is what the month leaves", () => {
    // 0.62 are left: one step of 0.48.
    expect(allowedNow(link, THREE, NOW)).toEqual({ ms: 20_000 });
  });

  it("is all of it again in the next month", () => {
    expect(allowedNow(link, THREE, new Date(2026, 11, 1))).toEqual({ ms: 140_000 });
  });

  it("is nothing when the month's is spent, and says until when", () => {
    const spent = allowedNow({ ...link, budget: { month: { minutes: 2 } } }, THREE, NOW);
    if (!("spent" in spent)) throw new Error("not spent");
    expect(spentInWords(spent, NOW)).toBe("this month's minutes are used up: nothing more before 1 December");
    expect(spentUntil(spent, NOW)).toBe(new Date(2026, 11, 1).getTime());
  });

  it("is nothing for ever when a window's money never pays for a session, and names the cure", () => {
    const spent = allowedNow({ ...link, budget: { window: { money: 0.3 } } }, THREE, NOW);
    if (!("spent" in spent)) throw new Error("not spent");
    expect(spentInWords(spent, NOW)).toBe("a window's money does not pay for a session: raise budget in spoke.toml");
    expect(spentUntil(spent, NOW)).toBe(Number.POSITIVE_INFINITY);
  });
});
