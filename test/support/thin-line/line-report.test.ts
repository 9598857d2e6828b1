import { describe, expect, it } from "vitest";
import { eventWords, profileWords, sumOf, sumWords } from "./line-report.ts";
import { PROFILES } from "./profile.ts";
import { LINE } from "./test-line.ts";

const STATS = { bytes: { up: 900, down: 40 }, busy: { up: 900, down: 20 }, turns: 1 };

describe("the words for a line", () => {
  it("say what it is like", () => {
    expect(PROFILES["hf-good"] && profileWords(PROFILES["hf-good"], true)).toBe(
      "2,400 bit/s each way, 0.3 s of delay each way; one direction at a time, 2.5 s to change it; dials for 12 s; " +
        "breaks every 10 min or so, and drops after 15 min",
    );
    expect(profileWords(LINE, false)).toBe(
      "8,000 bit/s up, 16,000 bit/s down, 0.1 s of delay each way; both directions at once; dials for 0 s; " +
        "neither breaks nor drops",
    );
  });

  it.each([
    [{ kind: "dialled" }, "dialled"],
    [{ kind: "up" }, "carrier up"],
    [{ kind: "turn", to: "down" }, "turn: now down"],
    [{ kind: "cut", why: "cut" }, "cut"],
    [{ kind: "cut", why: "window" }, "dropped: the window is over"],
    [{ kind: "closed", stats: STATS }, "closed: 900 bytes up, 40 down, 1 turn"],
    [{ kind: "closed", stats: STATS, problem: "no" }, "closed: 900 bytes up, 40 down, 1 turn (no)"],
  ] as const)("say in a line that it %j", (event, words) => {
    expect(eventWords({ connection: 3, atSec: 12.34, ...event })).toBe(`    12.3 s  #3 ${words}`);
  });

  it("sum up", () => {
    const sum = { ...sumOf([STATS, STATS]), connections: 2, cuts: 1, upSec: 61.2 };
    expect(sumWords(sum)).toBe(
      "2 connections, 1 cut, up for 61 s, sending for 1.8 s up, 0 s down; 1800 bytes up, 80 down, 2 turns",
    );
  });
});
