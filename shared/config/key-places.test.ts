import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { findPlace, keyPlaces } from "./key-places.ts";

const TEXT = `# a comment with key = "value"
domain = "example.org" # and a comment
"odd key".'x' = [
  "a # no comment", # a comment ] here
  'b', """
  c = "d" """,
]
smtp.listen="off"

[limits]   # table
message = "25M"
[[link]]
name = "hf"
windows = [{ cron = "# 0", for = "15m" }, {}]
[[link]]
  name = '''
x = 1'''
connect = "tls://a"
[link.more]
deep.er = true`;

describe("keyPlaces", () => {
  it("finds every key with its table, line and value", () => {
    parse(TEXT);
    const shown = keyPlaces(TEXT).map(
      ({ path, line, from, to }) => `${line} ${path.join(".")} ${TEXT.slice(from, to).split("\n")[0]}`,
    );
    expect(shown).toEqual([
      '2 domain "example.org"',
      "3 odd key.x [",
      '8 smtp.listen "off"',
      "10 limits [limits]   # table",
      '11 limits.message "25M"',
      "12 link.0 [[link]]",
      '13 link.0.name "hf"',
      '14 link.0.windows [{ cron = "# 0", for = "15m" }, {}]',
      "15 link.1 [[link]]",
      "16 link.1.name '''",
      '18 link.1.connect "tls://a"',
      "19 link.1.more [link.more]",
      "20 link.1.more.deep.er true",
    ]);
  });
});

describe("findPlace", () => {
  const line = (...path: (string | number)[]) => findPlace(keyPlaces(TEXT), path)?.line;
  it("finds the key itself, else what holds it, else its first part", () => {
    expect(line("limits", "message")).toBe(11);
    expect(line("link", 0, "windows", 0, "cron")).toBe(14);
    expect(line("link", 1, "protocol")).toBe(15);
    expect(line("smtp")).toBe(8);
    expect(line("office")).toBeUndefined();
  });
});
