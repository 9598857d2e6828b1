import { describe, expect, it } from "vitest";
import { readControlList, readControlMap, readControlWord } from "./control-files.ts";
import { dotQmailName, readDotQmail } from "./dot-qmail.ts";
import { saidOf, sourceOf } from "./test-source.ts";
import { readUsersAssign } from "./users-assign.ts";
import { readVirtualDomains } from "./virtual-domains.ts";

describe("readControlList", () => {
  it.each<[text: string, lines: [number, string][]]>([
    [
      "a.example\n\n# x\nb.example \t\n",
      [
        [1, "a.example"],
        [4, "b.example"],
      ],
    ],
    [
      " a.example\n # no comment\n",
      [
        [1, " a.example"],
        [2, " # no comment"],
      ],
    ],
    [
      "a.example\r\nb",
      [
        [1, "a.example"],
        [2, "b"],
      ],
    ],
    ["", []],
  ])("reads %j", (text, lines) => {
    expect(readControlList(sourceOf(text)).records.map(({ line, text }) => [line, text])).toEqual(lines);
  });

  it("names the line that is in another charset, holds a control character or is too long", () => {
    const bytes = Buffer.concat([
      Buffer.from("ok\n"),
      Buffer.from([0x6d, 0xfc, 0x0a]),
      Buffer.from("a\0b\n"),
      Buffer.alloc(100_001, 0x61),
    ]);
    const read = readControlList({ file: "f", bytes });
    expect(saidOf(read)).toEqual([
      "2 bad: not UTF-8",
      "3 bad: it holds a control character",
      "4 bad: longer than 100000 bytes",
    ]);
    expect(read.records).toHaveLength(1);
  });
});

describe("readControlWord", () => {
  it.each([
    ["kabul.example.org \nmore\n", ["kabul.example.org"]],
    ["\nkabul\n", []],
    ["", []],
  ])("reads %j", (text, words) => {
    expect(readControlWord(sourceOf(text)).records.map((line) => line.text)).toEqual(words);
  });
});

describe("readControlMap", () => {
  it("takes the last of several, keeps blanks of the value, and tells what qmail ignores", () => {
    const read = readControlMap(sourceOf("A.example:x\n\nno colon\na.example: y:z\n"));
    expect(read.records).toEqual([{ file: "f", line: 4, text: "a.example: y:z", key: "a.example", value: " y:z" }]);
    expect(saidOf(read)).toEqual([
      "3 left: a line without a colon, which qmail ignored",
      "1 left: line 4 has the same key, and the last one counts",
    ]);
  });
});

describe("readVirtualDomains", () => {
  it.each([
    ["example.com:foo", "host example.com", "foo"],
    [".example.com:foo-bar", "suffix .example.com", "foo-bar"],
    ["waldo@Domain.com:qux", "address waldo@domain.com", "qux"],
    ["domain.com:", "host domain.com", ""],
    [":garply", "everything", "garply"],
    ["herat.example.org.:qrelay-herat", "host herat.example.org", "qrelay-herat"],
  ])("reads %j", (text, covers, prepend) => {
    const [record] = readVirtualDomains(sourceOf(`${text}\n`)).records;
    expect(Object.values(record?.covers ?? {}).join(" ")).toBe(covers);
    expect(record?.prepend).toBe(prepend);
  });

  it.each([
    ["spaced.test: foo", /blank in the prefix/],
    ["bad domain:x", /no domain/],
    ["@example.com:x", /no domain/],
    ["a@:x", /no domain/],
  ])("refuses %j", (text, reason) => {
    expect(saidOf(readVirtualDomains(sourceOf(`ok.example:x\n${text}\n`)))).toEqual([expect.stringMatching(reason)]);
  });
});

describe("readUsersAssign", () => {
  it("reads exact lines and wildcards, the first of two", () => {
    const read = readUsersAssign(
      sourceOf("=Joe:joe:503:78:/home/joe:::\n+joe-:joe:503:78:/home/joe:-::\n=joe:other:1:1:/x:::rest\n.\n"),
    );
    expect(read.records.map(({ line, kind, local, dash, ext }) => [line, kind, local, dash, ext])).toEqual([
      [1, "exact", "joe", "", ""],
      [2, "wildcard", "joe-", "-", ""],
    ]);
    expect(saidOf(read)).toEqual(["3 left: line 1 assigns the same, and the first one counts"]);
  });

  it.each([
    ["+example.com-example.com:1:2:/home:-::\n.\n", /not an assignment/],
    ["=joe:joe:1:2:/home\n.\n", /not an assignment/],
    ["joe:joe:1:2:/home:::\n.\n", /not an assignment/],
    ["=joe:joe:a:2:/home:::\n.\n", /not both numbers/],
    ["=joe:joe:1:2:/home:::\n", /does not end with a line/],
    ["", /^1 bad: .*does not end with a line/],
  ])("refuses %j", (text, reason) => {
    expect(saidOf(readUsersAssign(sourceOf(text)))).toEqual([expect.stringMatching(reason)]);
  });
});

describe("readDotQmail", () => {
  it.each([
    ["&holly@a.example", { kind: "address", address: "holly@a.example" }],
    ["holly", { kind: "address", address: "holly" }],
    ["@a.example", { kind: "address", address: "@a.example" }],
    ["| forward x ", { kind: "program", command: "forward x" }],
    ["./Maildir/ ", { kind: "maildir", path: "./Maildir/" }],
    ["/var/mail/x", { kind: "file", path: "/var/mail/x" }],
  ])("reads %j", (text, does) => {
    expect(readDotQmail(sourceOf(`# first\n\n${text}\n`)).records).toMatchObject([{ line: 3, does }]);
  });

  it("refuses a blank first line, for which qmail defers all mail, and tells what it ignores", () => {
    expect(saidOf(readDotQmail(sourceOf("\n&a\n+list\n+x\n")))).toEqual([
      expect.stringMatching(/^1 bad: the first line is blank/),
      "4 left: qmail ignores it",
    ]);
  });

  it.each([
    [".qmail", { name: "", wildcard: false }],
    [".qmail-default", { name: "", wildcard: true }],
    [".qmail-a:b", { name: "a.b", wildcard: false }],
    [".qmail-herat-default", { name: "herat", wildcard: true }],
    [".profile", undefined],
  ])("knows what %s is for", (file, name) => {
    expect(dotQmailName(file)).toEqual(name);
  });
});
