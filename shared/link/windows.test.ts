import { describe, expect, it } from "vitest";
import { cronProblem, type Window, type Windows, windowState } from "./windows.ts";

const MINUTE = 60_000;
const BERLIN = "Europe/Berlin";

/** When the windows open from `from` on, before `to`. */
function openings(windows: Windows, from: string, to: string): string[] {
  const found: string[] = [];
  let at = new Date(from);
  for (;;) {
    const { next } = windowState(windows, at);
    if (next === undefined || next >= new Date(to)) return found;
    found.push(next.toISOString().slice(5, 16));
    at = next;
  }
}

function at(windows: Windows, time: string) {
  const { open, until, next } = windowState(windows, new Date(time));
  return { open, until: until?.toISOString(), next: next?.toISOString() };
}

function daily(cron: string, zone = BERLIN, forMs = 10 * MINUTE): Window[] {
  return [{ cron, forMs, zone }];
}

describe("windows on the days when the clocks change (2027: 28 March, 31 October)", () => {
  it.each([
    [
      "spring: a time that is skipped opens right after the gap",
      "30 2 * * *",
      "2027-03-28T00:00Z",
      "2027-03-30T00:00Z",
      ["03-28T01:00", "03-29T00:30"],
    ],
    [
      "spring: a list of hours loses none",
      "30 2,14 * * *",
      "2027-03-28T00:00Z",
      "2027-03-29T00:00Z",
      ["03-28T01:00", "03-28T12:30"],
    ],
    [
      "spring: half-hourly goes on without a hole",
      "*/30 * * * *",
      "2027-03-28T00:15Z",
      "2027-03-28T02:15Z",
      ["03-28T00:30", "03-28T01:00", "03-28T01:30", "03-28T02:00"],
    ],
    [
      "autumn: a time that comes twice opens once",
      "30 2 * * *",
      "2027-10-30T12:00Z",
      "2027-11-02T00:00Z",
      ["10-31T00:30", "11-01T01:30"],
    ],
    [
      "autumn: a list of hours opens once each",
      "30 2,14 * * *",
      "2027-10-30T13:00Z",
      "2027-11-01T00:00Z",
      ["10-31T00:30", "10-31T13:30"],
    ],
    [
      "autumn: half-hourly opens in both passes of the hour",
      "*/30 * * * *",
      "2027-10-30T23:45Z",
      "2027-10-31T02:15Z",
      ["10-31T00:00", "10-31T00:30", "10-31T01:00", "10-31T01:30", "10-31T02:00"],
    ],
    [
      "the morning after keeps its wall time",
      "0 7 * * *",
      "2027-10-30T00:00Z",
      "2027-11-02T00:00Z",
      ["10-30T05:00", "10-31T06:00", "11-01T06:00"],
    ],
  ])("%s", (_title, cron, from, to, wanted) => {
    expect(openings(daily(cron), from, to)).toEqual(wanted);
  });

  it("are open for their whole time across a change", () => {
    const night = daily("45 1 * * *", BERLIN, 30 * MINUTE);
    expect(at(night, "2027-03-28T01:10Z").until).toBe("2027-03-28T01:15:00.000Z");
    expect(at(daily("30 2 * * *"), "2027-10-31T00:35Z").open).toBe(true);
    expect(at(daily("30 2 * * *"), "2027-10-31T01:35Z").open).toBe(false);
  });
});

describe("odd zones", () => {
  it.each([
    ["Asia/Kabul", "2027-01-10T02:30:00.000Z"],
    ["Asia/Kathmandu", "2027-01-10T01:15:00.000Z"],
    ["UTC", "2027-01-10T07:00:00.000Z"],
  ])("seven in the morning in %s", (zone, next) => {
    expect(at(daily("0 7,17 * * *", zone), "2027-01-09T23:00Z")).toEqual({ open: false, until: undefined, next });
  });
});

describe("a window", () => {
  const morning = daily("0 7 * * *", "UTC", 15 * MINUTE);

  it("is open from its first millisecond and closed at its end", () => {
    expect(at(morning, "2027-01-10T06:59:59.999Z").open).toBe(false);
    expect(at(morning, "2027-01-10T07:00:00.000Z")).toEqual({
      open: true,
      until: "2027-01-10T07:15:00.000Z",
      next: "2027-01-11T07:00:00.000Z",
    });
    expect(at(morning, "2027-01-10T07:14:59.999Z").open).toBe(true);
    expect(at(morning, "2027-01-10T07:15:00.000Z").open).toBe(false);
  });

  it("is one with those that overlap or touch it", () => {
    const windows = [...morning, ...daily("10 7 * * *", "UTC", 20 * MINUTE), ...daily("30 7 * * *", "UTC", 5 * MINUTE)];
    for (const time of ["2027-01-10T07:00Z", "2027-01-10T07:12Z", "2027-01-10T07:34Z"]) {
      expect(at(windows, time)).toEqual({
        open: true,
        until: "2027-01-10T07:35:00.000Z",
        next: "2027-01-11T07:00:00.000Z",
      });
    }
  });

  it("inside a longer one does not shorten it", () => {
    const windows = [...daily("0 6 * * *", "UTC", 180 * MINUTE), ...morning];
    expect(at(windows, "2027-01-10T07:05Z").until).toBe("2027-01-10T09:00:00.000Z");
  });

  it("that never closes has an end all the same, at least a week away", () => {
    const { until } = windowState(daily("0 * * * *", "UTC", 90 * MINUTE), new Date("2027-01-10T07:05Z"));
    expect(until?.getTime()).toBeGreaterThanOrEqual(Date.UTC(2027, 0, 17, 7, 5));
  });
});

describe("links without times", () => {
  it("always open, or never", () => {
    expect(windowState("always", new Date())).toEqual({ open: true });
    expect(windowState([], new Date())).toEqual({ open: false });
  });
});

describe("cronProblem", () => {
  it.each(["0 7,17 * * *", "*/30 6-20 * * MON-FRI", "15 4 1 * *"])("finds none in %j", (cron) => {
    expect(cronProblem(cron, "Asia/Kabul")).toBeUndefined();
    expect(cronProblem(cron)).toBeUndefined();
  });

  it.each([
    [
      "0 0 7 * * *",
      undefined,
      '"0 0 7 * * *" has 6 fields: wanted five, minute hour day month weekday, such as "0 7,17 * * *"',
    ],
    ["@daily", undefined, '"@daily" has 1 fields'],
    ["0 25 * * *", undefined, '"0 25 * * *" is no schedule: '],
    ["0 0 30 2 *", undefined, '"0 0 30 2 *" never happens'],
    ["0 7 * * *", "Asia/Kabull", '"Asia/Kabull" is no time zone: wanted a name such as "Asia/Kabul"'],
  ])("says what is wrong with %j in %j", (cron, zone, says) => {
    expect(cronProblem(cron, zone)).toContain(says);
  });
});
