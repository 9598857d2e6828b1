import { describe, expect, it } from "vitest";
import type { Person } from "#hub/directory/people.js";
import { listProblems, staffDiff, suspicion } from "./staff-diff.ts";
import { readStaffList } from "./staff-list.ts";
import { readStaffRows } from "./staff-rows.ts";
import { diffLines, diffSummary, formatStaffList } from "./staff-text.ts";

const person = (name: string, office: string, more: Partial<Person> = {}): Person => ({
  name,
  office,
  domain: "",
  suspended: false,
  createdAt: 0,
  changedAt: 0,
  ...more,
});
const listOf = (...lines: string[]) => readStaffList(readStaffRows(lines.join("\n"), "csv"));

const PEOPLE = [
  person("bob", "kabul", { fullName: "Bob" }),
  person("eve", "mazar", { suspended: true }),
  person("holly", "mazar"),
  person("jane", "herat"),
  person("postmaster", "kabul"),
  person("shop", "kabul", { domain: "shop.example" }),
];

describe("staffDiff", () => {
  it("finds every kind of change and leaves roles and virtual domains alone", () => {
    const list = listOf(
      "name,office,full_name,suspended",
      "zoe,herat,Zoe Z,yes",
      "ali,herat,,",
      "bob,mazar,Robert,",
      "eve,mazar,,no",
      "holly,mazar,,yes",
    );
    const diff = staffDiff(PEOPLE, list);
    expect(diff).toEqual({
      added: [
        { name: "ali", office: "herat", suspended: false },
        { name: "zoe", office: "herat", fullName: "Zoe Z", suspended: true },
      ],
      moved: [{ name: "bob", from: "kabul", to: "mazar" }],
      changed: [{ name: "bob", fullName: { from: "Bob", to: "Robert" } }],
      suspended: ["holly"],
      resumed: ["eve"],
      removed: [{ name: "jane", office: "herat" }],
    });
    expect(diffLines(diff)).toEqual([
      "+ ali: herat",
      "+ zoe: herat, Zoe Z, suspended",
      "> bob: kabul -> mazar",
      '~ bob: "Bob" -> "Robert"',
      "~ holly: suspended",
      "~ eve: no longer suspended",
      "- jane: herat",
    ]);
    expect(diffSummary(diff)).toBe("2 added, 1 moved, 1 changed, 1 suspended, 1 resumed, 1 removed");
  });

  it("leaves as it is what the list does not speak of", () => {
    const diff = staffDiff(PEOPLE, listOf("name,office", "bob,kabul", "eve,mazar", "holly,mazar", "jane,herat"));
    expect(diffSummary(diff)).toBe("nothing to change");
  });

  it.each(["csv", "json"] as const)("finds nothing in an export as %s", (format) => {
    const odd = [
      ...PEOPLE,
      person("x", "mazar", { fullName: ' Odd\n"Name", ; ' }),
      person("y", "mazar", { fullName: " " }),
    ];
    const list = readStaffList(readStaffRows(formatStaffList(odd, format), format));
    expect(list.problems).toEqual([]);
    expect(diffSummary(staffDiff(odd, list))).toBe("nothing to change");
  });
});

describe("listProblems", () => {
  it("finds offices that are none and names that are aliases", () => {
    const list = listOf("name,office", "bob,kabul", "sales,kabul", "holly,nowhere");
    const targets = (name: string) => (name === "sales" ? ["bob", "x@example.net"] : undefined);
    expect(listProblems(list, new Set(["kabul"]), targets)).toEqual([
      { line: 3, text: "there is an alias sales, for bob, x@example.net: remove it first" },
      { line: 4, text: 'there is no office "nowhere" for holly' },
    ]);
  });
});

describe("suspicion", () => {
  const crowd = (count: number) => Array.from({ length: count }, (_, index) => person(`p${index}`, "mazar"));
  const keeping = (people: Person[], gone: number) =>
    listOf("name,office", ...people.slice(gone).map(({ name, office }) => `${name},${office}`));

  it.each([
    [12, 10, undefined],
    [12, 11, "11 of 12 people would be removed"],
    [110, 11, undefined],
    [109, 11, "11 of 109 people would be removed"],
    [1000, 100, undefined],
    [1000, 101, "101 of 1000 people would be removed"],
    [3, 3, "the list names nobody, all 3 people would be removed"],
  ])("of %i people, %i gone: %s", (all, gone, says) => {
    const people = [...crowd(all), person("postmaster", "kabul")];
    const list = keeping(crowd(all), gone);
    expect(suspicion(staffDiff(people, list), list, people)).toBe(says);
  });
});
