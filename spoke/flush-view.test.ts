import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FlushProgress } from "./flush-report.ts";
import { progressLine, progressLines } from "./flush-view.ts";

const DIALLING: FlushProgress = { sent: 0, bytes: 0, wire: { up: 0, down: 0 }, phase: "dialling", seconds: 12 };

const TALKING: FlushProgress = {
  sent: 12,
  bytes: 45_000,
  wire: { up: 13_500, down: 2000 },
  phase: "talking",
  seconds: 130,
  rate: { up: 100, down: 20 },
  up: {
    messages: 12,
    bytes: 45_000,
    current: { what: "01JD0000000000000000000000", done: 4500, of: 12_000 },
    left: { messages: 5, bytes: 20_000 },
  },
  down: { messages: 1, bytes: 900 },
  endsInMs: 770_000,
};

describe("a window under way, on a terminal", () => {
  it("says phase and time, both directions, what is crossing, and when the rest will have gone", () => {
    expect(progressLines(TALKING, 0, 80)).toEqual([
      "talking, 2 min 10 s, window ends in 12 min 50 s",
      "sent      12 messages, 45kB, 100B/s, 5 left (20kB)",
      "          [#########---------------] 37 % of 12kB  01JD0000000000000000000000",
      "received  1 message, 900B, 20B/s",
      // 9,000 bytes on the line for 45,000 of messages: 500 of these a second.
      "what is left will have gone in about 40 s",
    ]);
  });

  it("says what will be left when the window ends before that", () => {
    expect(progressLines({ ...TALKING, endsInMs: 10_000 }, 0, 80).at(-1)).toBe(
      "about 15kB will be left when the window ends",
    );
  });

  it.each([
    ["nothing sent yet", { messages: 0, bytes: 0, left: { messages: 1, bytes: 3000 } }, "in about 30 s"],
    ["nothing left", { messages: 1, bytes: 900, left: { messages: 0, bytes: 0 } }, "nothing is left to send"],
    ["nearly all of it crossed before", { messages: 1, bytes: 1e9, left: { messages: 1, bytes: 1e4 } }, "about 10 s"],
  ])("reads well with %s", (_what, up, last) => {
    expect(progressLines({ ...TALKING, up }, 0, 80).at(-1)).toContain(last);
  });

  it("promises nothing before a rate is measured", () => {
    expect(progressLines({ ...TALKING, rate: { up: 0, down: 0 } }, 0, 80).at(-1)).toContain("no rate is measured yet");
  });

  it("lets the clock go on while there is no news", () => {
    expect(progressLines(TALKING, 60_000, 80)[0]).toBe("talking, 3 min 10 s, window ends in 11 min 50 s");
    const over = progressLines(TALKING, 3_600_000, 80);
    expect(over[0]).toBe("talking, 1 h 2 min, the window is over");
    expect(over.at(-1)).toBe("20kB are left for the next window");
  });

  it("shows what little there is before a session, and of plain QMTP", () => {
    expect(progressLines(DIALLING, 0, 80)).toEqual(["dialling, 12 s", "0B up, 0B down on the line"]);
    expect(progressLines({ sent: 1, bytes: 300, wire: { up: 400, down: 20 } }, 0, 80)).toEqual([
      "sending",
      "1 message sent (300B), 400B up, 20B down on the line",
    ]);
  });

  it("keeps its height from one message to the next", () => {
    const { current: _, ...between } = TALKING.up ?? { messages: 0, bytes: 0 };
    expect(progressLines({ ...TALKING, up: between }, 0, 80)).toHaveLength(progressLines(TALKING, 0, 80).length);
  });

  it("never is wider than the terminal, nor an order to it", () => {
    const amount = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        amount,
        amount,
        fc.integer({ min: 1, max: 200 }),
        (what, a, b, width) => {
          const side = { messages: a, bytes: b, current: { what, done: a, of: b }, left: { messages: b, bytes: a } };
          for (const line of progressLines({ ...TALKING, up: side, down: side, endsInMs: a }, 0, width)) {
            expect([...line].length).toBeLessThan(Math.min(width, 80));
            // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
            expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
            expect(line).not.toMatch(/NaN|Infinity|undefined|-\d/);
          }
        },
      ),
    );
  });
});

describe("a window under way, in a log", () => {
  it("is one line", () => {
    expect(progressLine(TALKING, 0)).toBe(
      "talking, 2 min 10 s, window ends in 12 min 50 s; sent 12 messages, 45kB, 100B/s, 5 left (20kB); " +
        "received 1 message, 900B, 20B/s; 37 % of 12kB crossing; what is left will have gone in about 40 s",
    );
    expect(progressLine(DIALLING, 1000)).toBe("dialling, 13 s; 0B up, 0B down on the line");
  });
});
