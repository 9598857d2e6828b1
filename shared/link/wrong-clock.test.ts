import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scheduleWindows } from "./schedule-windows.ts";
import type { Window } from "./windows.ts";

/** Laptops sleep, their clocks stop, and the first minute on line puts them right. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MORNING: Window[] = [{ cron: "0 7 * * *", forMs: 15 * MINUTE, zone: "UTC" }];

let stop: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

/** When it opened, and for how many minutes. */
function start(time: string, windows: Window[] = MORNING): string[] {
  vi.setSystemTime(new Date(time));
  const opened: string[] = [];
  scheduleWindows([{ name: "hf", windows }], {
    now: () => new Date(),
    onOpen: (_link, until) => {
      const minutes = until === undefined ? "ever" : Math.round((until.getTime() - Date.now()) / MINUTE);
      opened.push(`${new Date().toISOString().slice(0, 16)} for ${minutes}`);
    },
    signal: stop.signal,
  });
  return opened;
}

/** The clock is set while `passed` goes by: sleep, or a correction, is a jump of the wall clock alone. */
async function jump(to: string, passed = MINUTE): Promise<void> {
  vi.setSystemTime(new Date(to));
  await vi.advanceTimersByTimeAsync(passed);
}

describe("a laptop that slept", () => {
  it("opens on waking what has time left, for that time", async () => {
    const opened = start("2027-01-10T06:30:00Z");
    await jump("2027-01-10T07:04:10Z");
    expect(opened).toEqual(["2027-01-10T07:05 for 10"]);
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(opened).toHaveLength(1);
  });

  it("leaves alone what has passed, and opens the next one", async () => {
    const opened = start("2027-01-10T06:30:00Z");
    await jump("2027-01-10T07:20:00Z", 24 * HOUR);
    expect(opened).toEqual(["2027-01-11T07:00 for 15"]);
  });

  it("that slept within an open window does not open it again", async () => {
    const opened = start("2027-01-10T06:59:30Z");
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    await jump("2027-01-10T07:10:00Z", 10 * MINUTE);
    expect(opened).toEqual(["2027-01-10T07:00 for 15"]);
  });
});

describe("a clock that is put right a little", () => {
  it.each(["2027-01-10T06:58:30Z", "2027-01-10T07:00:10Z", "2027-01-10T07:06:00Z"])(
    "within a window, to %s, opens it no second time",
    async (to) => {
      const opened = start("2027-01-10T06:59:30Z");
      await vi.advanceTimersByTimeAsync(3 * MINUTE);
      await jump(to, HOUR);
      expect(opened).toEqual(["2027-01-10T07:00 for 15"]);
    },
  );
});

describe("a clock that was a day ahead", () => {
  it("opens the window again when its true time comes", async () => {
    const opened = start("2027-01-10T07:05:00Z");
    await jump("2027-01-09T08:00:00Z", 24 * HOUR);
    expect(opened).toEqual(["2027-01-10T07:05 for 10", "2027-01-10T07:00 for 15"]);
  });
});

describe("a clock that jumps by twenty years", () => {
  it.each(["2047-01-10T07:05:00Z", "2007-01-10T07:05:00Z", "2047-01-10T12:00:00Z", "2007-01-10T12:00:00Z"])(
    "to %s and back within a window opens none twice",
    async (there) => {
      const opened = start("2027-01-10T07:03:00Z");
      await jump(there, 2 * MINUTE);
      await jump("2027-01-10T07:06:00Z", HOUR);
      const inWindow = there.includes("T07") ? [`${there.slice(0, 14)}06 for 9`] : [];
      expect(opened).toEqual(["2027-01-10T07:03 for 12", ...inWindow]);
    },
  );

  it.each([2047, 2007])("to %d for good opens every window from then on, once", async (year) => {
    const opened = start("2027-01-10T12:00:00Z");
    await jump(`${year}-06-01T06:58:00Z`, 48 * HOUR);
    expect(opened).toEqual([`${year}-06-01T07:00 for 15`, `${year}-06-02T07:00 for 15`]);
  });

  it.each([2047, 2007])("to %d and back days later misses none and repeats none", async (year) => {
    const opened = start("2027-01-10T06:59:00Z");
    await vi.advanceTimersByTimeAsync(30 * MINUTE);
    await jump(`${year}-06-01T12:00:00Z`, 24 * HOUR);
    await jump("2027-01-11T07:30:00Z", 24 * HOUR);
    expect(opened).toEqual(["2027-01-10T07:00 for 15", `${year}-06-02T07:00 for 15`, "2027-01-12T07:00 for 15"]);
  });
});

describe("a node that runs through a change of the clocks (2027)", () => {
  it.each([
    ["Europe/Berlin", "spring", "30 2 * * *", "2027-03-28T00:00Z", ["03-28T01:00", "03-29T00:30"]],
    ["Europe/Berlin", "autumn", "30 2 * * *", "2027-10-30T23:00Z", ["10-31T00:30", "11-01T01:30"]],
    ["Europe/Berlin", "autumn", "0 7 * * *", "2027-10-30T12:00Z", ["10-31T06:00", "11-01T06:00"]],
    ["America/Santiago", "spring", "0 7 * * *", "2027-09-04T12:00Z", ["09-05T10:00", "09-06T10:00"]],
    ["Australia/Lord_Howe", "autumn, half an hour", "0 7 * * *", "2027-04-03T00:00Z", ["04-03T20:30", "04-04T20:30"]],
    ["Asia/Kabul", "none", "0 7 * * *", "2027-03-28T00:00Z", ["03-28T02:30", "03-29T02:30"]],
  ])("in %s (%s) opens %s once a day, at its wall time", async (zone, _change, cron, from, wanted) => {
    const opened = start(from, [{ cron, forMs: 15 * MINUTE, zone }]);
    await vi.advanceTimersByTimeAsync(47 * HOUR);
    expect(opened).toEqual(wanted.map((time) => `2027-${time} for 15`));
  });
});
