import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Intake } from "./intake.ts";

function read(pieces: readonly Uint8Array[], dotsAreText = false): { text: string; nul: boolean } {
  const intake = new Intake(dotsAreText);
  const out = pieces.map((piece) => Buffer.from(intake.take(piece)).toString("latin1"));
  return { text: out.join("") + Buffer.from(intake.end()).toString("latin1"), nul: intake.hasNul };
}

describe("sendmail's input", () => {
  it.each([
    ["a dot alone ends it", "a\n.\nb\n", "a\n"],
    ["a dot alone ends it with CRLF too", "a\r\n.\r\nb\r\n", "a\n"],
    ["a dot without line end at the end ends it", "a\n.", "a\n"],
    ["a dot in a longer line is text", ".a\n..\n. \n", ".a\n..\n. \n"],
    ["a dot and a lone CR are text", ".\rx\n", ".\rx\n"],
    ["a dot and CR at the end are text", "a\n.\r", "a\n.\r\n"],
    ["a last line without line end gets one", "a\nb", "a\nb\n"],
    ["CRLF becomes LF and a lone CR stays", "a\r\nb\rc\r\r\n", "a\nb\rc\r\n"],
    ["nothing stays nothing", "", ""],
  ])("%s", (_title, input, output) => {
    expect(read([Buffer.from(input)]).text).toBe(output);
  });

  it("keeps a dot alone with -i", () => {
    expect(read([Buffer.from("a\n.\nb\n.")], true).text).toBe("a\n.\nb\n.\n");
  });

  it("notices a NUL", () => {
    expect(read([Buffer.from("a\0b\n")]).nul).toBe(true);
  });

  it("is the same however the input is cut", () => {
    const bytes = fc
      .array(fc.constantFrom(..."a.\r\n\0"), { maxLength: 30 })
      .map((parts) => Buffer.from(parts.join("")));
    fc.assert(
      fc.property(bytes, fc.boolean(), (input, dots) => {
        expect(
          read(
            [...input].map((byte) => Uint8Array.of(byte)),
            dots,
          ),
        ).toEqual(read([input], dots));
      }),
    );
  });
});
