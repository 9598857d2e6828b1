import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { qrText } from "./qr.ts";

describe("qrText", () => {
  it("draws a square with its three finders and light around it", () => {
    const lines = stripVTControlCharacters(qrText("qr1.abc")).split("\n");
    const width = lines[0]?.length ?? 0;
    expect(lines.every((line) => line.length === width)).toBe(true);
    expect(lines.length).toBe(Math.ceil(width / 2));
    expect(lines[0]?.trim()).toBe("");
    // The top edge of two finders stands in one row: 7 dark modules left and right.
    expect(lines[1]).toMatch(/^ {2}█▀▀▀▀▀█.*█▀▀▀▀▀█ {2}$/);
  });

  it("takes a join token of the usual length", () => {
    expect(qrText(`qr1.${"A".repeat(300)}`).split("\n").length).toBeLessThan(50);
  });
});
