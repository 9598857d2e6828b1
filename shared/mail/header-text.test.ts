import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiSafe, decodeWords, encodeWords, headerSafe } from "./header-text.ts";

describe("headerSafe and asciiSafe", () => {
  it("leave no line break of any kind", () => {
    expect(headerSafe("a\r\nB: c\u2028d\u0085e\0")).toBe("a B: c d e");
    expect(asciiSafe("größe\n😀")).toBe("gr??e ?");
    expect(headerSafe("x".repeat(2000))).toHaveLength(900);
  });
});

describe("encodeWords and decodeWords", () => {
  it("leave ASCII as it is", () => {
    expect(encodeWords("Report for May")).toBe("Report for May");
  });

  it("write words of at most 75 characters", () => {
    for (const line of encodeWords("Übergröße ".repeat(40)).split("\n ")) expect(line.length).toBeLessThanOrEqual(75);
  });

  it("read B and Q words of several character sets, and leave unknown ones", () => {
    expect(decodeWords("=?iso-8859-1?Q?caf=E9_noir?= =?utf-8?b?4pyT?= x")).toBe("café noir✓ x");
    expect(decodeWords("=?utf-8*fr?Q?=C3=A9t=C3=A9?=")).toBe("été");
    expect(decodeWords("=?no-such-set?Q?a?=")).toBe("=?no-such-set?Q?a?=");
    expect(decodeWords("=?utf-8?X?a?= x")).toBe("=?utf-8?X?a?= x");
  });

  it("come back as they went, in lines that cannot break out", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (text) => {
        fc.pre(!text.includes("=?"));
        const encoded = encodeWords(text);
        expect(encoded).toMatch(/^[ -~]*(\n [ -~]+)*$/);
        expect(decodeWords(encoded.replaceAll("\n", ""))).toBe(headerSafe(text));
      }),
    );
  });
});
