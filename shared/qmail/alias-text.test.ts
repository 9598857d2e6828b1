import { describe, expect, it } from "vitest";
import { type AliasTarget, readAliasText } from "./alias-text.ts";
import { readAliasesCdb } from "./aliases-cdb.ts";
import { cdbOf, saidOf, sourceOf } from "./test-source.ts";

function shown(target: AliasTarget): string {
  if (target.kind === "address") return target.address;
  return `${target.kind} ${"path" in target ? target.path : target.command}`;
}

describe("readAliasText", () => {
  it.each<[text: string, name: string, targets: string[]]>([
    ["a: b, c", "a", ["b", "c"]],
    ["a b", "a", ["b"]],
    ["a: b c", "a", ["b", "c"]],
    ["a : b : c;", "a", ["b", "c"]],
    ["A@Host.Example: b", "a@host.example", ["b"]],
    ["@host.example: b", "@host.example", ["b"]],
    ["a: Holly Golightly (on (long) leave) <holly@b.example>, c", "a", ["holly@b.example", "c"]],
    ['"a b": "c d"@e.example', "a b", ["c d@e.example"]],
    ["a: \\b", "a", ["b"]],
    ["a: b@[1.2.3.4]", "a", ["b@[1.2.3.4]"]],
    ['a: "|/bin/x y@z"', "a", ["program /bin/x y@z"]],
    ["a: |/bin/x", "a", ["program /bin/x"]],
    ['a: |"/bin/x y"', "a", ["misread /bin/x y"]],
    ["a: /var/mail/a", "a", ["file /var/mail/a"]],
    ["a: /b@c.example", "a", ["/b@c.example"]],
    ["a: :include:/etc/list, b", "a", ["include /etc/list", "b"]],
    ["a: : include : list", "a", ["include list"]],
    ['a: ":include:/etc/list"', "a", ["include /etc/list"]],
    ["a:\n b,\n\n\tc", "a", ["b", "c"]],
    ["a: müller@ü.example", "a", ["müller@ü.example"]],
  ])("reads %j", (text, name, targets) => {
    const read = readAliasText(sourceOf(`${text}\n`));
    expect(saidOf(read)).toEqual([]);
    expect(read.records.map((one) => [one.line, one.name, one.targets.map(shown)])).toEqual([[1, name, targets]]);
  });

  it("drops a comment with what continues it, and counts lines", () => {
    const read = readAliasText(sourceOf("# a: b\n  c: d\n\ne: f,\n  g\nh: i\n"));
    expect(read.records.map(({ line, name }) => `${line} ${name}`)).toEqual(["4 e", "6 h"]);
  });

  it("marks the last line without a line end, which newaliases drops", () => {
    expect(readAliasText(sourceOf("a: b\nc: d")).records.map(({ unfinished }) => unfinished)).toEqual([false, true]);
    expect(readAliasText(sourceOf("a: b\nc: d\n")).records.map(({ unfinished }) => unfinished)).toEqual([false, false]);
  });

  it.each([
    ["a:", /a has no target/],
    ["a", /a has no target/],
    [": b", /wanted NAME/],
    ['a: "b', /quote/],
    ["a: (b", /comment/],
    ["a: <b", /without a >/],
    ["a: b)", /without its beginning/],
    ["a: :include:", /names no file/],
    [`a: ${"b".repeat(801)}`, /longer than 800/],
  ])("refuses %j", (text, reason) => {
    const read = readAliasText(sourceOf(`ok: b\n${text}\n`));
    expect(read.records).toHaveLength(1);
    expect(saidOf(read)).toEqual([expect.stringMatching(reason)]);
    expect(read.problems[0]).toMatchObject({ line: 2, weight: "bad" });
  });
});

describe("readAliasesCdb", () => {
  it("reads names, owners and commands", () => {
    const bytes = cdbOf([
      [":sales@", "&holly@a.example\0|prog\0"],
      ["?sales@", "owner-sales@a.example"],
      [":@virtual.example", "&all@a.example\0"],
      [":list@", "./list.bin\0!cmd\0"],
      [":empty@", ""],
      [":sales@", "&second@a.example\0"],
    ]);
    const read = readAliasesCdb({ file: "f", bytes });
    expect(saidOf(read)).toEqual([]);
    expect(read.records.map(({ line, name, targets, owner }) => [line, name, targets.map(shown), owner])).toEqual([
      [1, "sales", ["holly@a.example", "program prog"], "owner-sales@a.example"],
      [3, "@virtual.example", ["all@a.example"], undefined],
      [4, "list", ["include ./list", "program cmd"], undefined],
    ]);
  });

  it("knows what newaliases made of a program in sendmail's way", () => {
    const bytes = cdbOf([[":send@", "!\0&vacation holly@geneve.example.org\0"]]);
    const [record] = readAliasesCdb({ file: "f", bytes }).records;
    expect(record?.targets.map(shown)).toEqual(["misread vacation holly"]);
  });

  it.each<[what: string, bytes: Buffer]>([
    ["too short", Buffer.alloc(2047)],
    ["a table outside", Buffer.alloc(2048, 0xff)],
    [
      "a record that is too long",
      (() => {
        const bytes = cdbOf([[":a@", "&b@c.example\0"]]);
        bytes.writeUInt32LE(0xffff_ffff, 2052);
        return bytes;
      })(),
    ],
    ["cut off", cdbOf([[":a@", "&b@c.example\0"]]).subarray(0, 2050)],
  ])("refuses one that is %s", (_what, bytes) => {
    expect(readAliasesCdb({ file: "f", bytes })).toMatchObject({ records: [], problems: [{ line: 1, weight: "bad" }] });
  });
});
