import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CrlfToLf } from "./crlf-to-lf.ts";

describe("CrlfToLf", () => {
  it("gives the same as replacing CR LF in the whole text, however it is cut", () => {
    const piece = fc.array(fc.constantFrom(0x0d, 0x0a, 0x61), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const converter = new CrlfToLf();
        const out = pieces.map((bytes) => Buffer.from(converter.convert(Uint8Array.from(bytes))).toString("latin1"));
        out.push(Buffer.from(converter.end()).toString("latin1"));
        expect(out.join("")).toBe(Buffer.from(pieces.flat()).toString("latin1").replaceAll("\r\n", "\n"));
      }),
      { numRuns: 500 },
    );
  });

  it("hands on a piece without CR as it is", () => {
    const piece = Uint8Array.of(0x61, 0x0a);
    expect(new CrlfToLf().convert(piece)).toBe(piece);
  });
});
