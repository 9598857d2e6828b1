import { describe, expect, it } from "vitest";
import { findInstructions, parseInstructions } from "./instructions.ts";

const mailbox = { kind: "mailbox" };

describe("instructions", () => {
  it.each([
    ["", [mailbox]],
    ["\n", [mailbox]],
    ["./", [mailbox]],
    ["./Maildir/\n", [mailbox]],
    ["./Mailbox", [mailbox]],
    ["&holly@example.net", [{ kind: "forward", address: "holly@example.net" }]],
    ["holly@example.net  \t", [{ kind: "forward", address: "holly@example.net" }]],
    ["bob", [{ kind: "forward", address: "bob" }]],
    ["# away until May\n./\nbob", [mailbox, { kind: "forward", address: "bob" }]],
    ["./\r\nbob\r\n", [mailbox, { kind: "forward", address: "bob" }]],
    ["|/usr/local/bin/new-ticket --quiet", [{ kind: "program", command: "/usr/local/bin/new-ticket --quiet" }]],
    ["| cat >/dev/null", [{ kind: "program", command: "cat >/dev/null" }]],
    [
      "+list\nbob\n&eve@example.net",
      [
        { kind: "forward", address: "bob" },
        { kind: "forward", address: "eve@example.net" },
      ],
    ],
  ])("%j are understood", (text, instructions) => {
    expect(parseInstructions(text)).toEqual(instructions);
  });

  it.each([
    ["\nbob", 1, /first line is blank/],
    ["#nothing", 1, /nothing would become of the mail/],
    ["+list", 1, /nothing would become/],
    ["bob\n/var/mail/holly", 2, /files are not written/],
    ["bob\n\n|", 3, /command is empty/],
    ["+list\n|cat", 2, /only addresses may follow \+list/],
    ["+list\n./", 2, /only addresses/],
    ["+nonsense", 1, /means nothing/],
    ["&", 1, /empty/],
    ["&two words@example.net", 1, /not a plain address/],
    [":include:/etc/passwd", 1, /includes are not allowed/],
    [`|${"x".repeat(1001)}`, 1, /longer than 1000/],
    ["|a\u0000b", 1, /control characters/],
    [Array(101).fill("bob").join("\n"), 101, /more than 100/],
  ])("%j are refused with their line", (text, line, problem) => {
    expect(parseInstructions(text)).toMatchObject({ line, text: expect.stringMatching(problem) });
  });
});

describe("the record for an extension", () => {
  // dot-qmail(5): a-b-c is looked for as -a-b-c, -a-b-default, -a-default, -default.
  const records = ["a-b-c", "a-b-default", "a-default", "default"];
  it.each(records.map((_, index) => records.slice(index)))("is the most exact one of %s", (...left) => {
    const found = findInstructions("a-b-c", (record) => (left.includes(record) ? "./" : undefined));
    expect(found).toMatchObject({ record: left[0], rest: ["", "c", "b-c", "a-b-c"][4 - left.length] });
  });

  it("of the name itself is never a default", () => {
    expect(findInstructions("", (record) => (record === "default" ? "./" : undefined))).toBeUndefined();
  });
});
