import { describe, expect, it } from "vitest";
import { readStaffList } from "./staff-list.ts";
import { formatOf, readStaffRows } from "./staff-rows.ts";

const read = (text: string, file = "staff") => readStaffList(readStaffRows(text, formatOf(file, text)));
const problems = (text: string): string[] => read(text).problems.map((one) => `${one.line}: ${one.text}`);

const HOLLY = { line: 2, name: "holly", office: "mazar", suspended: false };

describe("a list of staff", () => {
  it.each([
    ["the two columns that must be there", "name,office\nHolly,Mazar\n"],
    ["columns in any order and case", "Office,NAME\nmazar,holly\n"],
    ["semicolons", "name;office\nholly;mazar\n"],
    ["JSON", '[\n{"name": "holly", "office": "mazar"}]'],
  ])("is read with %s", (_, text) => {
    expect(read(text)).toEqual({
      people: [HOLLY],
      tells: { fullName: false, suspended: false },
      problems: [],
      unknown: [],
    });
  });

  it.each([
    ["CSV", 'name,office,Full Name,suspended\nholly,mazar,"Short, Holly",YES\nbob,herat,,\n'],
    [
      "JSON",
      '[\n{"name":"holly","office":"mazar","fullName":"Short, Holly","suspended":true},\n{"name":"bob","office":"herat","full_name":null}]',
    ],
  ])("tells full names and who is suspended, as %s", (_, text) => {
    const { people, tells } = read(text);
    expect(tells).toEqual({ fullName: true, suspended: true });
    expect(people).toEqual([
      { ...HOLLY, fullName: "Short, Holly", suspended: true },
      { line: 3, name: "bob", office: "herat", suspended: false },
    ]);
  });

  it("names the columns that it does not read", () => {
    expect(read("name,office,phone,desk\n").unknown).toEqual(["phone", "desk"]);
    expect(read('[{"name":"a","office":"b","phone":[1]},{"phone":2,"name":"c","office":"b"}]').unknown).toEqual([
      "phone",
    ]);
  });

  it("says everything that is wrong, with lines", () => {
    const text = [
      "name,office,full_name,suspended",
      "holly,mazar,,",
      ".hidden,mazar,,",
      "HOLLY,herat,,",
      "abuse,kabul,,",
      "bob,,,perhaps",
      ",mazar,,",
      "short,line",
      'eve,mazar,"two\nlines",',
      `${"x".repeat(65)},mazar,,`,
    ].join("\n");
    expect(problems(text)).toEqual([
      expect.stringMatching(/^3: "\.hidden" is not a name/),
      "4: holly is already in line 2",
      '5: "abuse" is a role address: leave it out',
      "6: bob has no office",
      '6: suspended is "perhaps" for bob: wanted yes or no',
      "7: the name is empty",
      "8: 2 fields, the header has 4",
      "9: the full name of eve contains a control character or a line end",
      expect.stringMatching(/^11: the name is longer than 64 bytes/),
    ]);
  });

  it.each([
    ["", "1: the list is empty"],
    ["name\nholly\n", "1: no column office"],
    ["\nname,full_name\n", "2: no column office"],
    ["holly,mazar\n", "1: no column name or office"],
    ["name,office,Name\n", "1: the column name is there twice"],
    ["[5]", "1: wanted an object"],
    ['[{"name":5,"office":"mazar"}]', "1: name is 5: wanted text"],
    ['[{"name":"a","office":"b","full_name":"c","fullName":"d"}]', "1: fullName is there twice"],
  ])("refuses %j", (text, reason) => {
    expect(problems(text)).toEqual([expect.stringContaining(reason)]);
    expect(read(text).people).toEqual([]);
  });

  it("has a limit", () => {
    const rows = Array.from({ length: 200_001 }, (_, index) => `p${index},mazar\n`);
    expect(problems(`name,office\n${rows.join("")}`)).toEqual(["1: the list has 200001 rows, at most 200000 are read"]);
  });
});
