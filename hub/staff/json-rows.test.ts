import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJsonRows } from "./json-rows.ts";

describe("readJsonRows", () => {
  it("tells the line of each element", () => {
    const text = '[\n {"a": [1, [2]], "b": "x,\\"[\\n]"},\n\n {"c": {"d": "é"}}, 5,\n null\n]';
    expect(readJsonRows(text)).toEqual({
      rows: [
        { line: 2, value: { a: [1, [2]], b: 'x,"[\n]' } },
        { line: 4, value: { c: { d: "é" } } },
        { line: 4, value: 5 },
        { line: 5, value: null },
      ],
      problems: [],
    });
  });

  it("takes an object whose only key is people", () => {
    expect(readJsonRows('{"people":\n[{"a": 1},\n{"b": 2}]}').rows.map(({ line }) => line)).toEqual([2, 3]);
  });

  it.each([
    ['[{"a": 1},\n{"b": 2]', 2, /no JSON/],
    ['[{"a": 1},\n\n', 1, /no JSON/],
    ["", 1, /no JSON/],
    ["5", 1, /wanted an array/],
    ["null", 1, /wanted an array/],
    ['{"people": 5}', 1, /wanted an array/],
    ['{"other": [[1]], "people": []}', 1, /wanted an array/],
  ])("refuses %j", (text, line, reason) => {
    expect(readJsonRows(text)).toEqual({ rows: [], problems: [{ line, text: expect.stringMatching(reason) }] });
  });

  it("tells the lines of anything that is written one element a line", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const text = `[${values.map((value) => `\n${JSON.stringify(value)}`).join(",")}]`;
        const read = readJsonRows(text).rows;
        expect(read.map(({ line }) => line)).toEqual(values.map((_, index) => index + 2));
        expect(JSON.stringify(read.map(({ value }) => value))).toBe(JSON.stringify(values));
      }),
    );
  });
});
