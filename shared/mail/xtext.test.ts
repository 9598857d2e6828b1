import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeXtext, encodeXtext } from "./xtext.ts";

describe("xtext", () => {
  it("escapes blanks, plus, equal signs and what is not ASCII", () => {
    expect(encodeXtext("a b+c=d\né")).toBe("a+20b+2Bc+3Dd+0A+C3+A9");
    expect(encodeXtext("!*,-<>~")).toBe("!*,-<>~");
  });

  it.each(["+G1", "+2b", "+2", "a=b", "a b", "é", "+C3", "a\n"])("refuses %j", (text) => {
    expect(decodeXtext(text)).toBeUndefined();
  });

  it("comes back as it went", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const encoded = encodeXtext(text);
        expect(encoded).toMatch(/^[!-~]*$/);
        expect(decodeXtext(encoded)).toBe(text);
      }),
    );
  });
});
