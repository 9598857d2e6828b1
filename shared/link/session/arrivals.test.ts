import { describe, expect, it } from "vitest";
import { Arrivals } from "./arrivals.ts";

/** Has seen a fast line, so that it thinks in large steps. */
function onFastLine(): Arrivals {
  const arrivals = new Arrivals();
  arrivals.took(100_000, 0);
  arrivals.reported(1);
  arrivals.took(200_000, 2);
  arrivals.reported(2);
  return arrivals;
}

describe("word of what has come", () => {
  it("is due every 2 KB while nothing is known of the line", () => {
    const arrivals = new Arrivals();
    arrivals.took(2047, 0);
    expect(arrivals.isDue(undefined, 0)).toBe(false);
    arrivals.took(2048, 0);
    expect(arrivals.isDue(undefined, 0)).toBe(true);
  });

  it("is due seldom on a fast line with a long delay", () => {
    const arrivals = onFastLine();
    arrivals.took(200_000 + 16_383, 10);
    expect(arrivals.isDue(1000, 10)).toBe(false);
    arrivals.took(200_000 + 16_384, 10);
    expect(arrivals.isDue(1000, 10)).toBe(true);
  });

  it("is due when the line falls silent: the peer may have measured otherwise and wait at its 4 KB", () => {
    const arrivals = onFastLine();
    arrivals.took(200_000 + 4096, 10);
    expect(arrivals.isDue(1000, 10)).toBe(false);
    expect(arrivals.due).toBe(210);
    expect(arrivals.isDue(1000, 210)).toBe(true);
    arrivals.reported(210);
    expect(arrivals.due).toBe(Number.POSITIVE_INFINITY);
  });

  it("is not worth a record for less than 2 KB", () => {
    const arrivals = onFastLine();
    arrivals.took(200_000 + 2047, 10);
    expect(arrivals.isDue(1000, 100_000)).toBe(false);
    expect(arrivals.due).toBe(Number.POSITIVE_INFINITY);
  });
});
