import { describe, expect, it } from "vitest";
import { comingWindows, type PlannedLink } from "./coming-windows.ts";

const MINUTE = 60_000;
const NOW = new Date("2026-11-27T10:05:00Z");

interface Named extends PlannedLink {
  readonly name: string;
}

const cron = (name: string, fields: string, minutes = 15): Named => ({
  name,
  windows: [{ cron: fields, forMs: minutes * MINUTE, zone: "UTC" }],
});
const HF = cron("hf", "0 7,17 * * *");

function first(number: number, links: readonly Named[]): string[] {
  const found: string[] = [];
  for (const { link, from, until } of comingWindows(links, NOW)) {
    const end = until === Number.POSITIVE_INFINITY ? "for ever" : new Date(until).toISOString().slice(8, 16);
    found.push(`${link.name} ${new Date(from).toISOString().slice(8, 16)} ${end}`);
    if (found.length === number) break;
  }
  return found;
}

describe("the windows to come", () => {
  it("are those of all links in order of time, in order of preference at the same time", () => {
    expect(first(5, [cron("a", "0 17 * * *", 5), HF, cron("b", "30 16 * * *")])).toEqual([
      ...["b 27T16:30 27T16:45", "a 27T17:00 27T17:05", "hf 27T17:00 27T17:15"],
      ...["hf 28T07:00 28T07:15", "b 28T16:30 28T16:45"],
    ]);
  });

  it("begin with what is open, for the rest of its time", () => {
    expect(first(2, [HF, cron("c", "0 10 * * *")])).toEqual(["c 27T10:05 27T10:15", "hf 27T17:00 27T17:15"]);
    expect(first(1, [{ name: "lan", windows: "always" }])).toEqual(["lan 27T10:05 for ever"]);
  });

  it("leave out a link until its budget is there again", () => {
    const closedUntil = Date.parse("2026-12-01T00:00Z");
    expect(first(2, [{ ...HF, closedUntil }])).toEqual(["hf 01T07:00 01T07:15", "hf 01T17:00 01T17:15"]);
    const never = Number.POSITIVE_INFINITY;
    expect(
      first(1, [
        { ...HF, closedUntil: never },
        { name: "lan", windows: "always", closedUntil: never },
      ]),
    ).toEqual([]);
  });

  it("are none where nothing is planned, and end after ninety days", () => {
    expect(first(1, [{ name: "cafe", windows: [] }])).toEqual([]);
    expect(first(1000, [cron("daily", "0 7 * * *")])).toHaveLength(90);
  });

  it("are found quickly where there is one each quarter of an hour", () => {
    const began = performance.now();
    expect(first(100_000, [cron("q", "*/15 * * * *", 5)]).length).toBeGreaterThan(8000);
    // `status` on a laptop: a second or two at the worst.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
