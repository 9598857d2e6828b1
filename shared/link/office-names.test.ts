import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeOfficeNames, MAX_OFFICE_NAMES, parseOfficeNames } from "./office-names.ts";

const document = (...lines: string[]): Uint8Array => Buffer.from(lines.map((line) => `${line}\n`).join(""));
const HEAD = '{"qrelay":"aliases"}';

describe("the list of an office's aliases", () => {
  it.each([[[]], [["radio"]], [["radio", "radio-2", "store", "zo\u00eb", "\u{1f4fb}"]]])(
    "comes as it went: %j",
    (names) => {
      expect(parseOfficeNames(encodeOfficeNames(names))).toEqual({ names });
    },
  );

  it("ignores what a later version says in its head, and has one line a name", () => {
    expect(parseOfficeNames(document('{"qrelay":"aliases","more":1}', "0radio", "5s"))).toEqual({
      names: ["radio", "radios"],
    });
  });

  it.each([
    ["nothing", Buffer.from("")],
    ["another list", document('{"qrelay":"names"}')],
    ["no JSON", document("radio")],
    ["no end", Buffer.from(`${HEAD}\n0radio`)],
    ["an address", document(HEAD, "0radio@example.org")],
    ["capitals", document(HEAD, "0Radio")],
    ["a blank", document(HEAD, "0a b")],
    ["an empty line", document(HEAD, "")],
    ["more than there is", document(HEAD, "3radio")],
    ["the same twice", document(HEAD, "0radio", "5")],
    ["a control character", document(HEAD, "0a\rb")],
    ["another charset", Buffer.concat([document(HEAD), Buffer.from("0\xf6\n", "latin1")])],
    ["too many", document(HEAD, ...Array.from({ length: MAX_OFFICE_NAMES + 1 }, (_x, at) => `0a${at}`))],
    ["too large", Buffer.alloc(100_001, 97)],
  ])("is refused whole for %s", (_what, bytes) => expect(parseOfficeNames(bytes)).toHaveProperty("problem"));

  it("takes any bytes for what they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const read = parseOfficeNames(Buffer.concat([document(HEAD), noise]));
        if ("names" in read) expect(parseOfficeNames(encodeOfficeNames(read.names))).toEqual(read);
      }),
    );
  });
});
