import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { documentKeys, type KeyTable, sampleToml, schemaOf } from "./key-table.ts";
import { count, flag, listen, text } from "./settings.ts";

const EACH = {
  name: { schema: text("a name"), example: '"hf"', doc: "Its name" },
  fast: { schema: flag.optional(), example: "true", doc: "Whether it hurries" },
} satisfies KeyTable;
const TABLE = {
  host: { schema: text("a host"), doc: "Who we are" },
  "smtp.listen": { schema: listen, default: '"off"', doc: "Where we listen" },
  "limits.some": { schema: count, default: "5", doc: "How many" },
  way: { schema: text("ways").optional(), each: EACH, doc: "A way" },
} satisfies KeyTable;

describe("sampleToml", () => {
  it("sets what is given, shows the rest as comments, and puts tables last", () => {
    const sample = sampleToml(TABLE, { host: 'k"x', way: [{ name: "a" }, { name: "b", fast: true }] });
    expect(sample).toContain('# Where we listen\n# smtp.listen = "off"\n\n# How many\n# limits.some = 5\n');
    expect(parse(sample)).toEqual({ host: 'k"x', way: [{ name: "a" }, { name: "b", fast: true }] });
  });

  it("is a whole file of examples when every comment is taken away", () => {
    const bare = sampleToml(TABLE, {}).replace(/^# (?=[[\w.-]+(\]\]| = ))/gm, "");
    expect(parse(bare)).toEqual({
      host: "",
      smtp: { listen: "off" },
      limits: { some: 5 },
      way: [{ name: "hf", fast: true }],
    });
  });
});

describe("schemaOf", () => {
  it("refuses a table that TOML could not write", () => {
    const clash = { link: { schema: flag, doc: "" }, "link.listen": { schema: flag, doc: "" } } satisfies KeyTable;
    expect(() => schemaOf(clash)).toThrow(/"link" cannot be both/);
  });
});

describe("documentKeys", () => {
  it("has a row for every key, with its default or that it must be given", () => {
    expect(documentKeys(TABLE).split("\n").slice(2, -1)).toEqual([
      "| `host` | must be given | Who we are |",
      '| `smtp.listen` | `"off"` | Where we listen |',
      "| `limits.some` | `5` | How many |",
      "| `[[way]]` | none | A way |",
      "| `way.name` | must be given | Its name |",
      "| `way.fast` | none | Whether it hurries |",
    ]);
  });
});
