import { expect, it } from "vitest";
import { sourceOf } from "#shared/qmail/test-source.js";
import { readIncludeText } from "./include-text.ts";

it.each<[text: string, targets: string[]]>([
  ["holly\nbob@example.net\n", ["holly", "bob@example.net"]],
  ["# staff of herat\n\n  # and of mazar\nholly, bob zeno\r\n", ["holly", "bob", "zeno"]],
  ["Holly Hunt <holly@example.org>, bob (who is away)", ["holly@example.org", "bob"]],
  [":include:/srv/more\nholly", [":include:/srv/more", "holly"]],
  [": Include : /srv/more", [":include:/srv/more"]],
  ['":INCLUDE:/srv/More"', [":include:/srv/More"]],
])("reads %j", (text, targets) => {
  const read = readIncludeText(sourceOf(text, "/l"));
  expect("entries" in read ? read.entries.map(({ target }) => target) : read.problem).toEqual(targets);
});

it("says where each stands", () => {
  expect(readIncludeText(sourceOf("# x\nholly\n\nbob\n", "/l"))).toEqual({
    entries: [
      { target: "holly", line: 2 },
      { target: "bob", line: 4 },
    ],
  });
});

it.each<[text: string, problem: RegExp]>([
  ["", /^\/l: there is no address in it$/],
  ["# nobody yet\n", /^\/l: there is no address/],
  ["holly\n|/bin/vacation", /^\/l:2: .*programs are not allowed/],
  ['holly\n"|rm -rf x"', /^\/l:2: .*programs/],
  ["/var/mail/x", /^\/l:1: .*files are not allowed/],
  ["~/mbox", /^\/l:1: .*files are not allowed/],
  [":include:more", /^\/l:1: .*relative/],
  [":include:", /^\/l:1: .*names no file/],
  [":include:/srv/a$b", /^\/l:1: .*a path may hold/],
  ["a: b", /^\/l:1: a colon/],
  ["holly <x", /^\/l:1: a < without/],
  ["b/c@d.example", /^\/l:1: .*not a plain address/],
  ["x@bad_domain..example", /^\/l:1: /],
  ["holly\0", /^\/l:1: it holds a control character/],
  [`${"x".repeat(330)}@example.org`, /^\/l:1: .*320/],
])("refuses %j", (text, problem) => {
  const read = readIncludeText(sourceOf(text, "/l"));
  expect("problem" in read ? read.problem : read.entries).toMatch(problem);
});

it("refuses what is not UTF-8, and too many", () => {
  expect(readIncludeText({ file: "/l", bytes: Buffer.from("caf\xe9\n", "latin1") })).toMatchObject({
    problem: expect.stringContaining("/l:1: not UTF-8"),
  });
  expect(readIncludeText(sourceOf("a\n".repeat(10_001), "/l"))).toEqual({
    problem: "/l:10001: more than 10000 addresses",
  });
});
