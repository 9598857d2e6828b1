import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { believableAge, CLOCK_FLOOR, LOCAL_STEP, nextRetry, REMOTE_STEP } from "./retry.ts";

const DAY = 86_400;
/** From a laptop whose battery died to long after us. */
const moment = fc.oneof(fc.nat({ max: 100 }), fc.integer({ min: CLOCK_FLOOR, max: Date.UTC(2046, 0, 1) / 1000 }));

describe("the next retry", () => {
  it("is later than now and within a day, whatever the clocks say", () => {
    fc.assert(
      fc.property(moment, moment, fc.constantFrom(LOCAL_STEP, REMOTE_STEP), (born, now, step) => {
        const next = nextRetry(born, now, step);
        expect(next).toBeGreaterThan(now);
        expect(next).toBeLessThanOrEqual(now + DAY);
      }),
      { numRuns: 1000 },
    );
  });

  it("comes after 400, 1,600, 3,600, 6,400 seconds for other hosts, as qmail has it", () => {
    const born = CLOCK_FLOOR;
    const times: number[] = [];
    for (let now = born; times.length < 4; ) {
      now = nextRetry(born, now);
      times.push(now - born);
    }
    expect(times).toEqual([400, 1600, 3600, 6400]);
  });

  it("comes after 100 seconds for what this machine can mend", () => {
    expect(nextRetry(1000, 1000, LOCAL_STEP)).toBe(1100);
  });

  it.each([
    ["the clock fell to 1970", CLOCK_FLOOR, 60],
    ["the clock jumped to 2046", CLOCK_FLOOR, Date.UTC(2046, 0, 1) / 1000],
    ["the entry was born in 1970", 60, CLOCK_FLOOR],
  ])("is at most a day away when %s", (_what, born, now) => {
    expect(nextRetry(born, now) - now).toBeGreaterThan(0);
    expect(nextRetry(born, now) - now).toBeLessThanOrEqual(DAY);
  });
});

describe("the age of an entry", () => {
  it.each([
    ["now is in 1970", CLOCK_FLOOR + 5, 60, 0],
    ["the entry is from 1970", 60, CLOCK_FLOOR + 5, 0],
    ["the entry is from the future", CLOCK_FLOOR + 9, CLOCK_FLOOR + 5, 0],
    ["both can be believed", CLOCK_FLOOR, CLOCK_FLOOR + 5, 5],
  ])("when %s", (_what, born, now, age) => {
    expect(believableAge(born, now)).toBe(age);
  });
});
