import fc from "fast-check";
import { expect, it } from "vitest";
import { frontCoded, readFrontCoded } from "./front-coding.ts";

it("lines come out as they went in, whatever they share", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }).map((text) => text.toWellFormed())), (lines) => {
      expect(frontCoded(lines).map(readFrontCoded())).toEqual(lines);
    }),
  );
});

it("at most 35 characters are shared, each of them whole", () => {
  expect(frontCoded(["a".repeat(40), "a".repeat(41)])[1]).toBe(`z${"a".repeat(6)}`);
  expect(frontCoded(["\u{1f600}", "\u{1f601}"])).toEqual(["0\u{1f600}", "0\u{1f601}"]);
});

it("a line that shares more than there is, or has no number, is none", () => {
  for (const line of ["1x", "zx", "", "-x", "Ax"]) expect(readFrontCoded()(line)).toBeUndefined();
});
