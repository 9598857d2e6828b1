import { describe, expect, it } from "vitest";
import { percent, ratioOf, spreadOf } from "./numbers.ts";

describe("spreadOf", () => {
  it("gives the middle and the extremes, whatever the order", () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  it("takes the mean of the two in the middle", () => {
    expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5);
  });
});

describe("ratioOf", () => {
  it("compares round with round, so that a slow machine does not count", () => {
    const ratio = ratioOf([50, 5, 500], [100, 10, 1000]);
    expect(ratio).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
    expect(percent(ratio)).toBe("50 % (50–50)");
  });
});
