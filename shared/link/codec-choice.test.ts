import { expect, it } from "vitest";
import { CodecChoice } from "./codec-choice.ts";

/** A session of 300 messages of 6 KB over a line of `rate` bytes a ms, as the choice would have it encoded. */
function session(rate: number, best = { ms: 25, share: 0.15 }, quick = { ms: 4, share: 0.25 }): CodecChoice {
  const choice = new CodecChoice();
  let now = 0;
  let lineFree = 0;
  for (let count = 0; count < 300; count += 1) {
    const { ms, share } = choice.quick ? quick : best;
    const idle = lineFree <= now + ms;
    now = Math.max(now + ms, lineFree - 100);
    lineFree = Math.max(lineFree, now) + (6000 * share) / rate;
    choice.made(6000, idle, now);
  }
  return choice;
}

it("stays with the best codec where the line is slower than it", () => {
  expect(session(0.3).quick).toBe(false);
  expect(session(10).quick).toBe(false);
});

it("takes the quick one where the line would stand idle", () => {
  expect(session(1000)).toMatchObject({ quick: true, settled: true });
});

it("goes back, for good, where the quick one only fills the line with more bytes", () => {
  // 37 bytes a ms: the best codec almost fills it; the quick one would have to make 60 of the same mail.
  expect(session(37)).toMatchObject({ quick: false, settled: true });
});

it("does not count what the building of the model took", () => {
  const choice = new CodecChoice();
  choice.made(6000, true, 5000);
  for (let count = 1; count <= 32; count += 1) choice.made(6000, true, 5000 + count * 10);
  expect(choice.quick).toBe(true);
});
