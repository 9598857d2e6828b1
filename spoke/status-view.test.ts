import { describe, expect, it } from "vitest";
import type { WindowRecord } from "./directory/journal.ts";
import { type Status, statusText } from "./status-view.ts";

const NOW = Date.parse("2026-11-27T12:00:00Z");
const EMPTY: Status = {
  office: "herat",
  waiting: { messages: 0, bytes: 0 },
  lastWindows: [],
  links: [],
  stuck: [],
};
const lines = (status: Partial<Status>): string[] =>
  statusText({ ...EMPTY, ...status }, NOW, "Asia/Kabul")
    .trimEnd()
    .split("\n");

function past(ended: string, sent: number): WindowRecord {
  const openedAt = Date.parse("2026-11-27T02:30:00Z");
  const moved = { messages: sent, bytes: sent * 3000 };
  return {
    ...{ link: "hf", openedAt, closedAt: openedAt + 130_000, ended, sent: moved },
    ...{ received: { messages: 1, bytes: 900 }, wire: { up: 4000, down: 500 } },
  };
}

describe("the status of an office", () => {
  it("that has done nothing yet is short", () => {
    expect(lines({})).toEqual(["herat: nothing waits", "last contact: never"]);
  });

  it("says how much waits, and when it will have gone", () => {
    const waiting = { messages: 4, bytes: 20_000, oldest: "2026-11-27T08:00:00.000Z" };
    const estimate = { at: "2026-11-28T12:50:00.000Z", windows: 2 };
    expect(lines({ waiting, estimate, estimateSeconds: 700 }).slice(0, 2)).toEqual([
      "herat: 4 messages wait (20kB, the oldest for 4h)",
      "what waits will have gone about Sat 28 Nov 17:20, after 2 windows",
    ]);
  });

  it.each<[string, Partial<Status>, string]>([
    ["by the line alone", { estimateSeconds: 720 }, "what waits will take about 12 min on the line"],
    ["without history", {}, "no window has sent anything yet"],
  ])("says what it can %s", (_what, status, text) => {
    expect(lines({ waiting: { messages: 1, bytes: 900 }, ...status })[1]).toContain(text);
  });

  it("names what no link takes", () => {
    const stuck = Array.from({ length: 7 }, (_, index) => ({
      id: `ID${index}`,
      class: "bulk" as const,
      bytes: 120_000,
    }));
    const said = lines({ waiting: { messages: 7, bytes: 840_000 }, stuck });
    expect(said[1]).toBe("no link takes ID0 (bulk, 120kB): see max-message and classes");
    expect(said[6]).toBe("no link takes 2 more");
    expect(said.join("\n")).not.toContain("will");
  });

  it("tells the last contact and the last windows in plain words", () => {
    const lastWindows = [past("time", 3), past("drained", 1), past("unreachable", 0)];
    expect(lines({ lastContact: "2026-11-27T11:30:00.000Z", lastWindows }).slice(1)).toEqual([
      "last contact: Fri 27 Nov 16:00, 30 min ago",
      "window: Fri 27 Nov 07:00 by hf, 2 min 10 s: sent 3 messages, received 1 message, 4.5kB on the line; its time was over",
      "window: Fri 27 Nov 07:00 by hf, 2 min 10 s: sent 1 message, received 1 message, 4.5kB on the line",
      "window: Fri 27 Nov 07:00 by hf: no link",
    ]);
  });

  it("says why a link with a window to come will not be dialled", () => {
    const month = { windows: 1, bytes: 1000, minutes: 31, spent: "this month's minutes are used up" };
    expect(lines({ links: [{ name: "satellite", open: false, month }] }).slice(3)).toEqual([
      "  this month: 1 window, 31 min, 1kB on the line",
      "  this month's minutes are used up",
    ]);
  });

  it("tells each link's next window, and what this month cost where there is a budget", () => {
    const next = "2026-11-28T02:30:00.000Z";
    const month = { windows: 12, bytes: 1_200_000, minutes: 95, cost: 136.8, currency: "USD" };
    const links = [
      { name: "hf", open: true, until: "2026-11-27T12:45:00.000Z", next },
      { name: "satellite", open: false, next, month },
      { name: "cafe", open: false },
      { name: "lan", open: true },
    ];
    expect(lines({ links }).slice(2)).toEqual([
      "link hf: open until Fri 27 Nov 17:15, then opens Sat 28 Nov 07:00",
      "link satellite: opens Sat 28 Nov 07:00",
      "  this month: 12 windows, 1 h 35 min, 1.2MB on the line, 136.80 USD",
      "link cafe: opens when asked (qrelay spoke flush)",
      "link lan: always open",
    ]);
  });
});
