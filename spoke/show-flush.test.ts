import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Io } from "#shared/cli/program.js";
import type { FlushProgress } from "./flush-report.ts";
import { showFlush } from "./show-flush.ts";

const NEWS: FlushProgress = { sent: 1, bytes: 300, wire: { up: 400, down: 20 }, phase: "talking", seconds: 1 };

function screenOf(columns: number | undefined, quietDial = false) {
  const written: string[] = [];
  const io: Io = {
    out: () => undefined,
    err: (text) => void written.push(text),
    stdin: Readable.from([]),
    tty: columns !== undefined,
    columns,
    env: {},
  };
  return { written, screen: showFlush(io, quietDial, () => Date.now()) };
}

/** The orders to the terminal in words. */
function readable(text: string): string {
  return text.replaceAll("\r\x1b[2A", "<up 2>").replaceAll("\x1b[K", "<rest>").replaceAll("\x1b[J", "<below>");
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the screen of a flush", () => {
  it("is redrawn in place, four times a second at the most, and its last state stays", async () => {
    const { written, screen } = screenOf(80);
    for (let ms = 0; ms < 2000; ms += 10) {
      screen.show({ ...NEWS, sent: ms });
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(written.length).toBeGreaterThanOrEqual(7);
    expect(written.length).toBeLessThanOrEqual(9);
    for (const text of written.slice(1)) expect(readable(text)).toMatch(/^<up 2>[^<]*<rest>\n[^<]*<rest>\n<below>$/);
    screen.show({ ...NEWS, sent: 7777 });
    screen.end();
    expect(written.at(-1)).toContain("7777 messages");
    const count = written.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(written).toHaveLength(count);
  });

  it("goes on with its clock while there is no news", async () => {
    const { written, screen } = screenOf(80);
    screen.show(NEWS);
    await vi.advanceTimersByTimeAsync(10_100);
    screen.end();
    expect(written.length).toBeLessThanOrEqual(12);
    expect(written.at(-1)).toContain("talking, 11 s");
  });

  it("keeps what is said above what is redrawn", async () => {
    const { written, screen } = screenOf(80);
    screen.say("Before anything is drawn");
    screen.show(NEWS);
    await vi.advanceTimersByTimeAsync(300);
    screen.say("Ending the session");
    expect(written[0]).toBe("Before anything is drawn\n");
    expect(readable(written.at(-1) ?? "")).toMatch(/^<up 2>Ending the session<rest>\ntalking/);
    screen.end();
  });

  it("is a line a minute where there is no terminal, and nothing after its end", async () => {
    const { written, screen } = screenOf(undefined);
    screen.show(NEWS);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(62_000);
    screen.end();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(written.map((text) => text.split(";")[0])).toEqual(["talking, 1 min 1 s", "talking, 2 min 1 s"]);
    expect(written.join("")).not.toContain("\x1b");
  });

  it.each([80, undefined])("shows nothing of dialling when asked to be quiet (%s columns)", async (columns) => {
    const { written, screen } = screenOf(columns, true);
    screen.show({ ...NEWS, phase: "dialling" });
    await vi.advanceTimersByTimeAsync(120_000);
    screen.end();
    expect(written).toEqual([]);
  });
});
