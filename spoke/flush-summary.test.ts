import { describe, expect, it } from "vitest";
import type { FlushReport } from "./flush-report.ts";
import { type Outlook, summaryText } from "./flush-summary.ts";

const DRAINED: FlushReport = {
  ended: "drained",
  seconds: 130,
  wire: { up: 4200, down: 3000 },
  sent: { messages: 3, recipients: 4, bytes: 9000 },
  received: { messages: 1, recipients: 1, bytes: 2100 },
  left: { messages: 0, bytes: 0 },
  failed: [],
};
const NOTHING = { messages: 0, recipients: 0, bytes: 0 };
const NEVER_BEGUN = { sent: NOTHING, received: NOTHING, wire: { up: 0, down: 0 } };
const lines = (report: Partial<FlushReport>, outlook?: Outlook): string[] =>
  summaryText({ ...DRAINED, ...report }, outlook, "Asia/Kabul")
    .trimEnd()
    .split("\n");

describe("the summary of a window", () => {
  it("says what went and came, in how long, on how many bytes; drained needs no word", () => {
    expect(lines({})).toEqual([
      "Sent 3 messages (9kB), received 1 message (2.1kB) in 2 min 10 s; 4.2kB up and 3kB down on the line.",
    ]);
    expect(lines({ sent: NOTHING, received: NOTHING, seconds: 0.3 })[0]).toContain(
      "Sent no messages, received no messages in 1 s;",
    );
  });

  it("says what is left at both ends, and when it will likely go", () => {
    const left = { messages: 5, bytes: 20_000 };
    const atHub = { messages: 1, bytes: 3000 };
    const at = new Date("2026-11-28T12:50:00Z");
    const outlook = { next: { link: "hf", at: new Date("2026-11-28T02:30:00Z") }, here: { at, windows: 2 } };
    expect(lines({ ended: "time", left, atHub }, outlook).slice(1)).toEqual([
      "The time of the window was over.",
      "5 messages (20kB) wait here, gone about Sat 28 Nov 17:20, after 2 windows.",
      "1 message (3kB) waits at headquarters.",
      "Next window: hf, Sat 28 Nov 07:00.",
    ]);
    expect(lines({ left }).at(-1)).toBe("No window is planned: run qrelay spoke flush again.");
    expect(lines({ left }, { next: { link: "cafe" } }).at(-1)).toBe("Link cafe is open now.");
  });

  it.each([
    [{ ended: "cut", reason: "the line broke" }, "The session ended early: the line broke."],
    [{ ended: "budget" }, "The budget is used up."],
  ] as const)("of one that ended early says how: %j", (report, text) => {
    expect(lines(report)).toEqual([expect.stringContaining("Sent 3 messages"), text]);
  });

  it.each([
    [{ ended: "unreachable", reason: "connection refused", seconds: 12 }, "No link after 12 s: connection refused."],
    [
      { ended: "refused", reason: "the hub does not know our key" },
      "Headquarters did not let us in: the hub does not know our key.",
    ],
    [{ ended: "busy", reason: "another flush is under way: 7" }, "Not begun: another flush is under way: 7."],
    [
      { ended: "budget", reason: "this month's bytes are used up" },
      "The budget is used up: this month's bytes are used up.",
    ],
  ] as const)("of one that was none says only why: %j", (report, text) => {
    expect(lines({ ...NEVER_BEGUN, ...report })).toEqual([text]);
  });

  it("has a line for each refusal, and data makes no other", () => {
    const failed = [
      { recipient: "one@example.com", status: "5.1.1", reason: "nobody here has that name" },
      { recipient: "two@example.com", status: "5.7.1", reason: "550 5.7.1 not\nwanted" },
    ];
    expect(lines({ failed }).slice(1)).toEqual([
      "Refused: one@example.com: 5.1.1 nobody here has that name",
      "Refused: two@example.com: 550 5.7.1 not wanted",
    ]);
  });
});
