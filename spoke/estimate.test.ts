import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WindowRecord } from "./directory/journal.ts";
import { type EstimateInput, type EstimateLink, estimate, secondsOnLine, type Waiting } from "./estimate.ts";

const MINUTE = 60_000;
const NOW = new Date("2026-11-27T10:00:00Z");
/** Fifteen minutes at 7:00 and 17:00. */
const HF: EstimateLink = { name: "hf", windows: [{ cron: "0 7,17 * * *", forMs: 15 * MINUTE, zone: "UTC" }] };

function past(ended: string, minutes: number, sent: number, received = 0, link = "hf"): WindowRecord {
  const openedAt = NOW.getTime() - 3 * 3_600_000;
  return {
    link,
    openedAt,
    closedAt: openedAt + minutes * MINUTE,
    ended,
    sent: { messages: Math.sign(sent), bytes: sent },
    received: { messages: Math.sign(received), bytes: received },
    wire: { up: sent / 2, down: received / 2 },
  };
}

const letter = (bytes: number, kind: Waiting["class"] = "normal", id = "a"): Waiting => ({ id, class: kind, bytes });

function gone(input: Partial<EstimateInput>): string {
  const given = { waiting: [letter(30_000)], links: [HF], history: [], now: NOW, ...input };
  const { gone: found } = estimate(given);
  return found === undefined ? "unknown" : `${found.at.toISOString().slice(0, 16)} after ${found.windows}`;
}

describe("when what waits will have gone", () => {
  it.each<[string, WindowRecord[], number, string]>([
    ["a window that ended by time shows the capacity", [past("time", 15, 30_000)], 30_000, "2026-11-27T17:15 after 1"],
    ["capacity scales with time", [past("time", 5, 10_000)], 20_000, "2026-11-27T17:10 after 1"],
    ["more than one window takes", [past("time", 15, 30_000)], 70_000, "2026-11-28T17:05 after 3"],
    ["a cut does not scale", [past("cut", 5, 10_000)], 20_000, "2026-11-28T07:05 after 2"],
    ["a budget does not scale", [past("budget", 5, 10_000)], 20_000, "2026-11-28T07:05 after 2"],
    ["a drained one goes on as it went", [past("drained", 1, 3000)], 30_000, "2026-11-27T17:10 after 1"],
    [
      "a drained one raises what cuts show",
      [past("cut", 5, 10_000), past("drained", 5, 20_000)],
      15_000,
      "2026-11-27T17:05 after 1",
    ],
    [
      "a drained one with little says nothing",
      [past("cut", 5, 10_000), past("drained", 1, 100)],
      20_000,
      "2026-11-28T07:05 after 2",
    ],
    [
      "every second call finds no line",
      [past("time", 15, 30_000), past("unreachable", 1, 0)],
      30_000,
      "2026-11-28T07:07 after 2",
    ],
    [
      "a refused key says nothing of the line",
      [past("refused", 1, 0), past("time", 15, 30_000)],
      30_000,
      "2026-11-27T17:15 after 1",
    ],
    [
      "a window with nothing of ours says nothing",
      [past("time", 15, 0, 5000), past("time", 15, 30_000)],
      30_000,
      "2026-11-27T17:15 after 1",
    ],
    ["no window has sent anything", [past("unreachable", 1, 0), past("drained", 1, 0, 500)], 30_000, "unknown"],
    ["windows of another link say nothing", [past("time", 15, 30_000, 0, "cafe")], 30_000, "unknown"],
  ])("%s", (_rule, history, bytes, when) => {
    expect(gone({ history, waiting: [letter(bytes)] })).toBe(when);
  });

  it("begins with the window that is open", () => {
    const now = new Date("2026-11-27T17:05:00Z");
    expect(gone({ now, history: [past("time", 15, 30_000)], waiting: [letter(30_000)] })).toBe(
      "2026-11-28T07:05 after 2",
    );
  });

  it("counts the windows of all links in order of time", () => {
    const cafe: EstimateLink = { name: "cafe", windows: [{ cron: "0 12 * * *", forMs: 60 * MINUTE, zone: "UTC" }] };
    const history = [past("time", 15, 30_000), past("time", 60, 600_000, 0, "cafe")];
    expect(gone({ links: [HF, cafe], history, waiting: [letter(300_000)] })).toBe("2026-11-27T12:30 after 1");
  });

  it("of a line that is always open is told by its rate", () => {
    expect(gone({ links: [{ name: "hf", windows: "always" }], history: [past("drained", 1, 3000)] })).toBe(
      "2026-11-27T10:10 after 1",
    );
  });

  it("is not told without planned windows, nor for a year ahead", () => {
    expect(gone({ links: [{ name: "hf", windows: [] }], history: [past("time", 15, 30_000)] })).toBe("unknown");
    expect(gone({ history: [past("time", 15, 30)], waiting: [letter(1e9)] })).toBe("unknown");
  });

  it("keeps to the budget of a window", () => {
    const history = [past("time", 15, 30_000)];
    // Half a byte on the wire for each of a message, so 10,000 of these.
    expect(gone({ links: [{ ...HF, budget: { window: { bytes: 5000 } } }], history })).toBe("2026-11-28T17:05 after 3");
    expect(gone({ links: [{ ...HF, budget: { window: { minutes: 5 } } }], history })).toBe("2026-11-28T17:05 after 3");
  });

  it("passes over windows for which the budget is spent", () => {
    const history = [past("time", 15, 30_000)];
    const links = [{ ...HF, closedUntil: Date.parse("2026-12-01T00:00Z") }];
    expect(gone({ history, links })).toBe("2026-12-01T07:15 after 1");
    expect(gone({ history, links: [{ ...HF, closedUntil: Number.POSITIVE_INFINITY }] })).toBe("unknown");
  });

  it("looks at what came when asked for the other direction", () => {
    const history = [past("time", 15, 30_000, 60_000)];
    expect(gone({ history, waiting: [letter(60_000)], direction: "received" })).toBe("2026-11-27T17:15 after 1");
  });

  it("names what no link takes, and tells of the rest", () => {
    const links: EstimateLink[] = [{ ...HF, maxMessage: 20_000, classes: ["urgent", "small"] }];
    const waiting = [letter(9000, "small", "fits"), letter(30_000, "urgent", "large"), letter(100, "bulk", "bulky")];
    const result = estimate({ waiting, links, history: [past("time", 15, 30_000)], now: NOW });
    expect(result.stuck.map(({ id }) => id)).toEqual(["large", "bulky"]);
    expect(result.gone?.windows).toBe(1);
  });

  it("waits for the link that takes it", () => {
    const cafe: EstimateLink = { name: "cafe", windows: [{ cron: "0 12 * * 0", forMs: 60 * MINUTE, zone: "UTC" }] };
    const history = [past("time", 15, 30_000), past("time", 60, 600_000, 0, "cafe")];
    const waiting = [letter(1000, "small"), letter(50_000, "bulk")];
    expect(gone({ links: [{ ...HF, maxMessage: 20_000 }, cafe], history, waiting })).toBe("2026-11-29T12:05 after 2");
  });

  it("is never in the past, and more mail never goes sooner", () => {
    const record = fc
      .tuple(fc.constantFrom("drained", "time", "budget", "cut", "unreachable"), fc.nat(100), fc.nat(1e6))
      .map(([ended, minutes, sent]) => past(ended, minutes, ended === "unreachable" ? 0 : sent));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), fc.integer({ min: 1, max: 1e6 }), (history, bytes) => {
        const when = (size: number) =>
          estimate({ waiting: [letter(size)], links: [HF], history, now: NOW }).gone?.at.getTime();
        const [one, two] = [when(bytes), when(bytes * 2)];
        if (one !== undefined) expect(one).toBeGreaterThanOrEqual(NOW.getTime());
        if (two !== undefined) expect(one).toBeLessThanOrEqual(two);
      }),
      { numRuns: 50 },
    );
  });
});

describe("seconds on the line", () => {
  it("follow from all windows that sent something", () => {
    expect(secondsOnLine(6000, [past("time", 1, 3000), past("drained", 1, 0, 999)])).toBe(120);
    expect(secondsOnLine(6000, [past("unreachable", 1, 0)])).toBeUndefined();
  });
});
