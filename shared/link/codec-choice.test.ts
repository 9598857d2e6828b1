import { expect, it } from "vitest";
import { CodecChoice } from "./codec-choice.ts";

interface Session {
  readonly choice: CodecChoice;
  /** Messages that were made with the quick codec. */
  readonly quick: number;
}

/** 1000 messages of 6 KB over a line of `rate` bytes a ms, as the choice would have them encoded. */
function session(rateAt: (count: number) => number, best = { ms: 25, share: 0.15 }): Session {
  const choice = new CodecChoice();
  let now = 0;
  let lineFree = 0;
  let made = 0;
  for (let count = 0; count < 1000; count += 1) {
    made += choice.quick ? 1 : 0;
    const { ms, share } = choice.quick ? { ms: 4, share: 0.25 } : best;
    const idle = lineFree <= now + ms;
    now = Math.max(now + ms, lineFree - 100);
    lineFree = Math.max(lineFree, now) + (6000 * share) / rateAt(count);
    choice.made(6000, idle, now);
  }
  return { choice, quick: made };
}

it("stays with the best codec where the line is slower than it", () => {
  expect(session(() => 0.3).quick).toBe(0);
  expect(session(() => 10).quick).toBe(0);
});

it("takes the quick one where the line would stand idle", () => {
  expect(session(() => 1000).quick).toBe(1000 - 33);
});

it("goes back where the quick one only fills the line with more bytes, and tries again ever more seldom", () => {
  // 37 bytes a ms: the best codec almost fills it; the quick one would have to make 60 of the same mail.
  const { choice, quick } = session(() => 37);
  expect(choice.quick).toBe(false);
  expect(quick).toBe(2 * 128);
});

it("goes back when the line has become slower", () => {
  const { choice, quick } = session((count) => (count < 500 ? 1000 : 10));
  expect(choice.quick).toBe(false);
  expect(quick).toBeGreaterThan(400);
});

it("does not count what the building of the model took", () => {
  const choice = new CodecChoice();
  choice.made(6000, true, 5000);
  for (let count = 1; count <= 32; count += 1) choice.made(6000, true, 5000 + count * 10);
  expect(choice.quick).toBe(true);
});
