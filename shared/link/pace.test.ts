import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

/** A half-duplex line; overs of ours are as long as they may be, unless `bytes` says less. */
function overs(line: { rate: number; turnMs: number }, bytes: readonly number[]): number[] {
  const pace = new Pace();
  let now = 0;
  return bytes.map((most) => {
    const allowed = pace.over(undefined);
    const sent = Math.min(most, allowed);
    const began = now;
    now += (sent * 1000) / line.rate + 2 * line.turnMs;
    pace.overAnswered(sent, began, now);
    return allowed;
  });
}

const FULL = Number.POSITIVE_INFINITY;

describe("the length of an over", () => {
  it("grows until turns cost a twenty-fourth of the time", () => {
    const all = overs({ rate: 300, turnMs: 2500 }, Array(8).fill(FULL));
    expect(all[0]).toBe(4096);
    expect(all[7]).toBe(300 * 24 * 5);
  });

  it("is never more than twice the longest that came through, however short the others were", () => {
    const all = overs({ rate: 37, turnMs: 0 }, [50, 300, 50, 20, FULL, FULL, FULL, FULL]);
    for (const allowed of all) expect(allowed).toBeLessThanOrEqual(8192);
  });

  it("grows on a quick line whose turns are slow, though the first overs said little", () => {
    const small = Array(12).fill(1030);
    const all = overs({ rate: 4_000_000, turnMs: 4000 }, [4101, 4826, ...small, ...Array(12).fill(FULL)]);
    expect(all.at(-1)).toBe(1024 * 1024);
  });

  it("stays what it was when overs of one length tell nothing", () => {
    const all = overs({ rate: 37, turnMs: 4000 }, [FULL, 500, ...Array(12).fill(1024), FULL]);
    expect(all.at(-1)).toBe(37 * 24 * 8);
  });
});
