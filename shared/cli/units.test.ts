import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

describe("parseSize", () => {
  it.each([
    ["300", 300],
    ["0", 0],
    ["200k", 200_000],
    ["200K", 200_000],
    ["25M", 25_000_000],
    ["1.5G", 1_500_000_000],
  ])("reads %s", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(["", "k", "-1", "1e3", "12 apples", "1kk", "99999999999999999999"])("refuses %j", (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );
});

describe("formatSize", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1k"],
    [9540, "9.5k"],
    [200_000, "200k"],
    [999_960, "1M"],
    [25_000_000, "25M"],
  ])("writes %d", (bytes, text) => expect(formatSize(bytes)).toBe(text));

  it("is read back within a twentieth", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e13 }), (bytes) => {
        const back = parseSize(formatSize(bytes)) ?? Number.NaN;
        expect(Math.abs(back - bytes)).toBeLessThanOrEqual(bytes / 20);
      }),
    );
  });
});

describe("parseDuration", () => {
  it.each([
    ["90s", 90_000],
    ["15m", 900_000],
    ["4h", 14_400_000],
    ["30d", 2_592_000_000],
    ["2w", 1_209_600_000],
    ["1h30m", 5_400_000],
  ])("reads %s", (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(["", "15", "m", "-5m", "5 minutes", "1.5h", "9999999999999999d"])("refuses %j", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [400, "0s"],
    [90_000, "1m30s"],
    [14_400_000, "4h"],
    [93_600_000, "1d2h"],
    [86_405_000, "1d"],
  ])("writes %d ms", (ms, text) => expect(formatDuration(ms)).toBe(text));
});
