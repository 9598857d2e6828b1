import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ScheduledLink, scheduleWindows } from "./schedule-windows.ts";
import type { Window } from "./windows.ts";

const MINUTE = 60_000;
const HF: ScheduledLink = { name: "hf", windows: [{ cron: "0 7,17 * * *", forMs: 15 * MINUTE, zone: "UTC" }] };
const LAN: ScheduledLink = { name: "lan", windows: "always" };

function daily(cron: string, minutes: number, zone = "UTC"): Window[] {
  return [{ cron, forMs: minutes * MINUTE, zone }];
}

let stop: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

function start(time: string, ...links: ScheduledLink[]) {
  vi.setSystemTime(new Date(time));
  const opened: string[] = [];
  scheduleWindows(links, {
    now: () => new Date(),
    onOpen: (link, until) => opened.push(`${link.name} ${until?.toISOString().slice(8, 16) ?? "for ever"}`),
    signal: stop.signal,
  });
  return opened;
}

describe("scheduleWindows", () => {
  it("opens each window once, on the minute", async () => {
    const opened = start("2027-01-10T06:58:20Z", HF);
    await vi.advanceTimersByTimeAsync(99_000);
    expect(opened).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(opened).toEqual(["hf 10T07:15"]);
    await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE);
    expect(opened).toEqual(["hf 10T07:15", "hf 10T17:15", "hf 11T07:15"]);
  });

  it("opens at start what is open, and what is always open once", async () => {
    const opened = start("2027-01-10T07:14:00Z", HF, LAN);
    expect(opened).toEqual(["hf 10T07:15", "lan for ever"]);
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(opened).toHaveLength(2);
  });

  it("opens again where windows touch", async () => {
    const quarters = { name: "q", windows: [{ cron: "*/15 * * * *", forMs: 15 * MINUTE, zone: "UTC" }] };
    const opened = start("2027-01-10T07:07:00Z", quarters);
    await vi.advanceTimersByTimeAsync(40 * MINUTE);
    expect(opened).toHaveLength(4);
  });

  it("opens on waking a window that has time left, and not one that has passed", async () => {
    const opened = start("2027-01-10T06:00:00Z", HF);
    await vi.advanceTimersByTimeAsync(MINUTE);
    vi.setSystemTime(new Date("2027-01-10T17:05:30Z"));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(opened).toEqual(["hf 10T17:15"]);
  });

  it("goes on at once when a clock that stood at 1970 is put right", async () => {
    const opened = start("1970-01-01T00:00:10Z", HF);
    await vi.advanceTimersByTimeAsync(MINUTE);
    vi.setSystemTime(new Date("2027-01-10T06:58:00Z"));
    await vi.advanceTimersByTimeAsync(3 * MINUTE);
    expect(opened).toEqual(["hf 10T07:15"]);
  });

  it("opens the window again when the clock was set back a day", async () => {
    const opened = start("2027-01-10T07:05:00Z", HF);
    vi.setSystemTime(new Date("2027-01-09T06:59:00Z"));
    await vi.advanceTimersByTimeAsync(3 * MINUTE);
    expect(opened).toEqual(["hf 10T07:15", "hf 09T07:15"]);
  });

  it("opens a window once though a shorter one begins and ends within it", async () => {
    const windows = [...daily("0 6 * * *", 180), ...daily("0 7 * * *", 15)];
    const opened = start("2027-01-10T05:59:00Z", { name: "x", windows });
    await vi.advanceTimersByTimeAsync(300 * MINUTE);
    expect(opened).toEqual(["x 10T09:00", "x 10T09:00"]);
    stop.abort();
    stop = new AbortController();
    const late = start("2027-01-10T07:05:00Z", { name: "x", windows });
    await vi.advanceTimersByTimeAsync(180 * MINUTE);
    expect(late).toEqual(["x 10T09:00"]);
  });

  it("leaves nothing running when it is stopped", async () => {
    const opened = start("2027-01-10T06:58:20Z", HF);
    stop.abort();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(opened).toEqual([]);
    start("2027-01-10T07:01:00Z", HF);
    expect(vi.getTimerCount()).toBe(0);
  });
});
