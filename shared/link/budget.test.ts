import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowance, costOf, type Price } from "./budget.ts";

const IRIDIUM: Price = { minute: 1.44, stepMs: 20_000, currency: "USD" };
const LBAND: Price = { megabyte: 6.5, leastBytes: 5000 };

describe("the cost of a window", () => {
  it.each([
    [{ ms: 1, bytes: 0 }, IRIDIUM, 0.48],
    [{ ms: 20_000, bytes: 9999 }, IRIDIUM, 0.48],
    [{ ms: 20_001, bytes: 0 }, IRIDIUM, 0.96],
    [{ ms: 9_000_000, bytes: 100 }, LBAND, 0.0325],
    [{ ms: 0, bytes: 2_000_000 }, LBAND, 13],
    [{ ms: 60_000, bytes: 1_000_000 }, { minute: 1, megabyte: 2, setup: 0.5 }, 3.5],
  ])("%j at %j is %d", (use, price, cost) => {
    expect(costOf(use, price)).toBeCloseTo(cost, 6);
  });
});

describe("what a window may use", () => {
  it.each([
    ["nothing set", {}, {}, [], {}],
    ["bytes a window", { window: { bytes: 200_000 } }, {}, [], { bytes: 200_000 }],
    ["minutes a window", { window: { minutes: 15 } }, {}, [], { ms: 900_000 }],
    ["what the month leaves", { month: { bytes: 9000 } }, {}, [{ ms: 5, bytes: 400 }], { bytes: 8600 }],
    ["money in whole steps", { window: { money: 2 } }, IRIDIUM, [], { ms: 80_000 }],
    ["the tightest", { window: { minutes: 1 }, month: { money: 100 } }, IRIDIUM, [], { ms: 60_000 }],
    ["money in bytes", { window: { money: 0.65 } }, LBAND, [], { bytes: 100_000 }],
  ])("is %s", (_what, budget, price, used, wanted) => {
    expect(allowance(budget, price, used)).toEqual(wanted);
  });

  it.each([
    ["bytes", "month", { month: { bytes: 1000 } }, {}, [{ ms: 5, bytes: 1000 }]],
    ["all bytes but too few for a good-bye", "month", { month: { bytes: 1000 } }, {}, [{ ms: 5, bytes: 101 }]],
    ["fewer bytes than a session takes", "window", { window: { bytes: 899 } }, {}, []],
    ["minutes", "month", { month: { minutes: 1 } }, {}, [{ ms: 61_000, bytes: 1000 }]],
    ["money", "month", { window: { money: 3 }, month: { money: 1 } }, IRIDIUM, [{ ms: 30_000, bytes: 0 }]],
    ["the least that a session is billed", "window", { window: { money: 0.01 }, month: { money: 9 } }, LBAND, []],
    ["the step that is begun", "window", { window: { money: 0.47 } }, IRIDIUM, []],
    [
      "the only step, and not a byte more",
      "window",
      { window: { money: 1 } },
      { ...IRIDIUM, minute: 3, megabyte: 2 },
      [],
    ],
    ["the setup", "window", { window: { money: 0.4 } }, { setup: 0.5, minute: 0.1 }, []],
  ] as const)("is nothing when it is spent: %s, of the %s", (_what, by, budget, price, used) => {
    expect(allowance(budget, price, used)).toEqual({ spent: expect.any(String), by });
  });

  it("uses a step that is begun to its end", () => {
    expect(allowance({ window: { money: 0.95 } }, IRIDIUM, [])).toEqual({ ms: 20_000 });
    expect(allowance({ window: { money: 0.96 } }, IRIDIUM, [])).toEqual({ ms: 40_000 });
  });

  it("has the month's last step, though sums of money are a hair off", () => {
    const used = [
      { ms: 60_000, bytes: 0 },
      { ms: 1, bytes: 0 },
    ];
    expect(allowance({ month: { money: 0.3 } }, { minute: 0.1, stepMs: 60_000 }, used)).toEqual({ ms: 60_000 });
  });

  it("gives to bytes what whole steps of time leave over", () => {
    // 1.00 for time pays two steps of 0.48; 1.04 are left.
    const price = { ...IRIDIUM, megabyte: 1 };
    expect(allowance({ window: { money: 2 } }, price, [])).toEqual({ ms: 40_000, bytes: 1_040_000 });
  });

  it("divides money between time and bytes where both are billed", () => {
    const price = { minute: 1, stepMs: 60_000, megabyte: 2, leastBytes: 100_000, setup: 0.5 };
    // 0.70 are due for any session; 3 for time, 3 for bytes beyond the least.
    expect(allowance({ window: { money: 6.7 } }, price, [])).toEqual({ ms: 180_000, bytes: 1_600_000 });
  });

  it("never costs more than the budget, when it is kept to", () => {
    const amount = fc.double({ min: 0.01, max: 100, noNaN: true });
    const price = fc.record(
      {
        minute: amount,
        stepMs: fc.integer({ min: 1, max: 120_000 }),
        megabyte: amount,
        leastBytes: fc.nat(100_000),
        setup: amount,
      },
      { requiredKeys: [] },
    );
    const use = fc.record({ ms: fc.nat(1_000_000), bytes: fc.nat(1_000_000) });
    fc.assert(
      fc.property(price, amount, amount, fc.array(use, { maxLength: 5 }), (one, window, month, used) => {
        const allowed = allowance({ window: { money: window }, month: { money: month } }, one, used);
        if ("spent" in allowed) return;
        const next = { ms: allowed.ms ?? 0, bytes: allowed.bytes ?? 0 };
        const before = used.reduce((sum, each) => sum + costOf(each, one), 0);
        expect(costOf(next, one)).toBeLessThanOrEqual(window + 1e-6);
        expect(before + costOf(next, one)).toBeLessThanOrEqual(month + 1e-6);
      }),
    );
  });
});
