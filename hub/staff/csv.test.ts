import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvCell, readCsv } from "./csv.ts";

const cellsOf = (text: string, separator: "," | ";" = ",") => readCsv(text, separator).rows.map(({ cells }) => cells);

describe("readCsv", () => {
  it.each([
    [
      "plain fields",
      "a,b\nc,d\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "CRLF, and no end of the last line",
      "a,b\r\nc,d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "CR alone",
      "a,b\rc,d\r",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["space around fields", " a ,\tb \n", [["a", "b"]]],
    ["quotes, doubled quotes and separators in them", '"a, b","say ""hi"""\n', [["a, b", 'say "hi"']]],
    ["a line end in quotes", '"a\r\nb",c\n', [["a\r\nb", "c"]]],
    [
      "empty fields",
      ',\n"",\n',
      [
        ["", ""],
        ["", ""],
      ],
    ],
    ["no empty lines", "\n\na\n\nb\n\n", [["a"], ["b"]]],
    ["nothing", "", []],
  ])("reads %s", (_, text, rows) => {
    expect(readCsv(text, ",").problems).toEqual([]);
    expect(cellsOf(text)).toEqual(rows);
  });

  it("reads semicolons when told so", () => {
    expect(cellsOf('a;"b;c";d,e\n', ";")).toEqual([["a", "b;c", "d,e"]]);
  });

  it("counts lines where records begin", () => {
    expect(readCsv('a\n"b\n\nc"\r\n\r\nd\n', ",").rows.map(({ line }) => line)).toEqual([1, 2, 6]);
  });

  it("names the line of each mistake and reads on where it can", () => {
    const { rows, problems } = readCsv('a\nb"c\n"d"e,f\ng\n"open\nh', ",");
    expect(problems.map(({ line, text }) => `${line} ${text}`)).toEqual([
      "2 a quote stands inside a field that does not begin with one",
      "3 text follows a closing quote",
      "5 a quote is opened here and never closed",
    ]);
    expect(rows.map(({ cells }) => cells)).toEqual([["a"], ["g"]]);
  });

  it("takes back what csvCell writes", () => {
    const cell = fc
      .string({ unit: fc.constantFrom("a", " ", '"', ",", ";", "\n", "\r", "é") })
      .map((text) => text.trim());
    const record = fc.array(cell, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(record), fc.constantFrom(",", ";"), (records, separator) => {
        const text = records.map((cells) => cells.map(csvCell).join(separator)).join("\r\n");
        expect(readCsv(text, separator).problems).toEqual([]);
        expect(cellsOf(text, separator)).toEqual(records);
      }),
    );
  });

  it("never throws and never goes beyond the text", () => {
    const text = fc.string({ unit: fc.constantFrom("a", " ", '"', ",", "\n", "\r") });
    fc.assert(
      fc.property(text, (given) => {
        const { rows, problems } = readCsv(given, ",");
        const lines = given.split(/\r\n|\r|\n/).length;
        for (const { line } of [...rows, ...problems]) expect(line).toBeLessThanOrEqual(lines);
      }),
    );
  });
});
