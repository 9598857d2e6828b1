import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareNames,
  encodeNames,
  type KnownName,
  listedFullName,
  MAX_NAMES_BYTES,
  type NamesUpdate,
  namesChecksum,
  parseNames,
} from "./names-update.ts";

const PUT: readonly KnownName[] = [
  { name: "ali" },
  { name: "ali.ahmadi", fullName: "Ali Ahmadi", office: "herat" },
  { name: "alicia@example.net" },
  { name: "zoë" },
];
const FULL: NamesUpdate = {
  replica: "book",
  version: 7,
  at: 1_764_280_000,
  sum: namesChecksum(PUT),
  put: PUT,
  removed: [],
};
const DELTA: NamesUpdate = {
  ...FULL,
  replica: "names",
  from: 5,
  put: [{ name: "holly" }],
  removed: ["omid", "omidullah"],
};

const HEAD = '{"qrelay":"names","version":7,"at":1,"sum":"0123456789abcdef"}';

function problem(...lines: string[]): string | undefined {
  const read = parseNames(Buffer.from(lines.map((line) => `${line}\n`).join("")));
  return "problem" in read ? read.problem : undefined;
}

describe("names update", () => {
  it.each([FULL, DELTA, { ...FULL, replica: "none", put: [] } as const])("comes out as it went in: %j", (update) => {
    expect(parseNames(encodeNames(update))).toEqual({ update });
  });

  it("has one front-coded line a name", () => {
    expect(Buffer.from(encodeNames(DELTA)).toString().split("\n")).toEqual([
      `{"qrelay":"names","version":7,"from":5,"at":1764280000,"sum":"${FULL.sum}"}`,
      "0holly",
      "",
      "0omid",
      "4ullah",
      "",
    ]);
  });

  it("comes out as it went in, whatever the names are", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map((text) => `a${text}`);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 40 }), (given) => {
        const names = [
          ...new Set(
            given.map((one) =>
              one
                .normalize("NFC")
                .toLowerCase()
                .replace(/[\s\p{Cc}]/gu, ""),
            ),
          ),
        ];
        const put = names.sort(compareNames).map((one) => ({ name: one }));
        const read = parseNames(encodeNames({ ...FULL, put, removed: [] }));
        expect("update" in read ? read.update.put : read).toEqual(put);
      }),
    );
  });

  it("ignores what a later version adds to its head", () => {
    expect(problem(HEAD.replace("{", '{"colour":1,'), "0ali")).toBeUndefined();
  });

  it.each([
    [["no head"], "first line"],
    [[HEAD.replace("7", "-7"), "0ali"], "version"],
    [[HEAD.replace("abcdef", "xyz"), "0ali"], "sum"],
    [[HEAD, "ali"], "repeats more"],
    [[HEAD, "1ali"], "repeats more than there is"],
    [[HEAD, "0ali", "0ali"], "not in its place"],
    [[HEAD, "0holly", "0ali"], "not in its place"],
    [[HEAD, "0Ali"], "is not a name"],
    [[HEAD, "0a li"], "is not a name"],
    [[HEAD, `0${"a".repeat(400)}`], "is not a name"],
    [[HEAD, "0ali\tAli\therat\tmore"], "not a full name and an office"],
    [[HEAD, `0ali\t${"x".repeat(201)}\t`], "not a full name and an office"],
    [[HEAD, "0ali", "", "0omid"], "a full copy that removes names"],
    [[HEAD.replace('"at"', '"from":1,"at"'), "", "0omid", "", "0x"], "more than two parts"],
  ])("is refused with the reason: %j", (lines, reason) => {
    expect(problem(...lines)).toMatch(new RegExp(reason));
  });

  it("is refused when it is cut, no UTF-8, or too large", () => {
    const whole = encodeNames(FULL);
    expect(parseNames(whole.subarray(0, -1))).toEqual({ problem: expect.stringContaining("has no end") });
    expect(parseNames(Buffer.concat([whole, Buffer.from([0x30, 0xff, 10])]))).toEqual({
      problem: expect.stringContaining("UTF-8"),
    });
    expect(parseNames(new Uint8Array(MAX_NAMES_BYTES + 1))).toEqual({
      problem: expect.stringContaining("larger than"),
    });
    const many = Array.from({ length: 200_001 }, (_, at) => `0${at + 1_000_000}`).join("\n");
    expect(problem(HEAD, many)).toMatch(/more than 200000/);
  });

  it("is never read wrongly from garbage, nor does garbage throw", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => "problem" in parseNames(bytes)));
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(encodeNames(FULL));
        bytes[at % bytes.length] = byte;
        parseNames(bytes);
      }),
    );
  });

  it("carries full names as one line", () => {
    expect(listedFullName(" Ali\r\nAhmadi\t ")).toBe("Ali Ahmadi");
    expect(listedFullName("\0")).toBeUndefined();
    expect(listedFullName(undefined)).toBeUndefined();
  });
});
