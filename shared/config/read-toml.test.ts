import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type KeyTable, schemaOf } from "./key-table.ts";
import { type CrossCheck, formatProblem, readToml } from "./read-toml.ts";
import { count, flag, listen, name } from "./settings.ts";

const EACH = {
  from: { schema: name("a name"), doc: "" },
  allow: { schema: flag.optional(), doc: "" },
} satisfies KeyTable;
const TABLE = {
  office: { schema: name("an office"), doc: "" },
  "smtp.listen": { schema: listen, default: '"0.0.0.0:25"', doc: "" },
  "smtp.rule": { schema: z.array(schemaOf(EACH), { error: "a list" }).prefault([]), each: EACH, doc: "" },
  "limits.connections": { schema: count, default: "100", doc: "" },
} satisfies KeyTable;
const SCHEMA = schemaOf(TABLE);

function problems(text: string, cross?: CrossCheck): string[] {
  const read = readToml(text, SCHEMA, cross);
  return read.ok ? [] : read.problems.map((problem) => formatProblem("hub.toml", problem));
}

describe("readToml", () => {
  it("gives the values under their dotted keys, defaults filled in", () => {
    expect(readToml('office = "kabul"\n[[smtp.rule]]\nfrom = "a"', SCHEMA)).toEqual({
      ok: true,
      value: {
        office: "kabul",
        "smtp.listen": [{ host: "0.0.0.0", port: 25 }],
        "smtp.rule": [{ from: "a" }],
        "limits.connections": 100,
      },
    });
  });

  it("tells every problem at once, in the order of the file, with line, key, value and what is wanted", () => {
    const text = [
      'smtp.listen = "foo"',
      'smtp.lisen = "off"',
      "limits.connections = 0",
      'colour = "red"',
      "[[smtp.rule]]",
      'from = "a"',
      "[[smtp.rule]]",
      "alow = true",
      'allow = "yes"',
    ].join("\n");
    expect(problems(text)).toEqual([
      "hub.toml: office is missing: an office: lower-case letters, digits and hyphens, 63 at most",
      'hub.toml:1: smtp.listen = "foo": an ADDRESS:PORT such as 0.0.0.0:25 or [::1]:25, a list of them, or "off"',
      'hub.toml:2: smtp.lisen = "off": there is no such key, did you mean smtp.listen',
      "hub.toml:3: limits.connections = 0: a whole number, 1 or more",
      'hub.toml:4: colour = "red": there is no such key',
      "hub.toml:7: smtp.rule.from is missing: a name: lower-case letters, digits and hyphens, 63 at most",
      "hub.toml:8: smtp.rule.alow = true: there is no such key, did you mean smtp.rule.allow",
      'hub.toml:9: smtp.rule.allow = "yes": true or false',
    ]);
  });

  it("names the keys of a table that does not exist", () => {
    expect(problems('office = "kabul"\n[smpt]\nlisten = "off"\nrule = 1')).toEqual([
      'hub.toml:3: smpt.listen = "off": there is no such key, did you mean smtp.listen',
      "hub.toml:4: smpt.rule = 1: there is no such key",
    ]);
  });

  it("says what shape is wanted where a table or a list should be", () => {
    expect(problems('office = "kabul"\nsmtp = 5')).toEqual(["hub.toml:2: smtp = 5: a table of keys"]);
    expect(problems('office = "kabul"\nsmtp.rule = 5')).toEqual(["hub.toml:2: smtp.rule = 5: a list"]);
  });

  it("adds what no single key shows", () => {
    const cross: CrossCheck = () => [{ path: ["office"], wanted: "another one" }];
    expect(problems('limits.connections = 0\noffice = "kabul"', cross)).toEqual([
      "hub.toml:1: limits.connections = 0: a whole number, 1 or more",
      'hub.toml:2: office = "kabul": another one',
    ]);
  });

  it("gives the line of what is no TOML", () => {
    expect(problems('office = "kabul"\nsmtp listen')).toEqual([
      expect.stringMatching(/^hub\.toml:2: wanted TOML \(.+\)$/),
    ]);
    expect(problems("office = 1\noffice = 2")).toEqual([expect.stringMatching(/^hub\.toml:2: wanted TOML \(.+\)$/)]);
  });

  it("does not show a link's key, and cuts long values", () => {
    expect(formatProblem("f", { line: 1, key: "key", value: "hunter2", wanted: "x" })).toBe(
      "f:1: key = (not shown): x",
    );
    expect(formatProblem("f", { line: 1, key: "a", value: "y".repeat(500), wanted: "x" }).length).toBeLessThan(120);
  });
});
