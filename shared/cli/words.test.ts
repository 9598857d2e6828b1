import { describe, expect, it } from "vitest";
import { bytesInWords, count, momentInWords, spanInWords } from "./words.ts";

describe("words for people", () => {
  it.each([
    [0, "no messages"],
    [1, "1 message"],
    [12, "12 messages"],
  ])("count %d", (number, text) => expect(count(number, "message")).toBe(text));

  it.each([
    [0, "0 s"],
    [45_000, "45 s"],
    [130_000, "2 min 10 s"],
    [3_600_000, "1 h"],
    [3_660_000, "1 h 1 min"],
    [273_600_000, "3 d 4 h"],
  ])("spell a span of %d ms", (ms, text) => expect(spanInWords(ms)).toBe(text));

  it("name the unit of a size", () => {
    expect([300, 9540, 25e6].map(bytesInWords)).toEqual(["300B", "9.5kB", "25MB"]);
  });

  it("tell a moment on the clock of the zone", () => {
    const moment = new Date("2026-11-28T12:50:00Z");
    expect(momentInWords(moment, "Asia/Kabul")).toBe("Sat 28 Nov 17:20");
    expect(momentInWords(new Date("2026-09-01T00:05:00Z"), "UTC")).toBe("Tue 1 Sep 00:05");
  });
});
