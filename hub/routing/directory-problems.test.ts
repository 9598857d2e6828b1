import { expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { directoryProblems } from "./directory-problems.ts";

const DOMAINS = ["example.org", "second.example"];

function problems(aliases: Record<string, string[]>, routes: Record<string, string>): string[] {
  const patterns = Object.entries(routes).map(([pattern, destination]) => ({ pattern, destination, accept: false }));
  const tables = { aliases: Object.keys(aliases), routes: patterns, domains: DOMAINS, instructions: [] };
  return directoryProblems(routingView(aliases, routes), tables).map(({ what, says }) => `${what}: ${says}`);
}

it("finds nothing wrong with what is right", () => {
  const aliases = { sales: ["holly"], "sales@second.example": ["bob"], "boss@example.org": ["bob"] };
  expect(problems(aliases, { "*": "smtp://smart.example", "club.example": "to:sales@example.org" })).toEqual([]);
});

it.each([
  ["a target that nobody is", { sales: ["nobody"] }, {}, /^alias sales: no such person: nobody@example.org: mend/],
  ["a suspended person", { sales: ["gone"] }, {}, /^alias sales: the mailbox of gone@example.org is suspended/],
  ["a circle", { a: ["b"], b: ["a"] }, {}, /^alias a: the alias \w leads only to itself/],
  [
    "an alias behind a person",
    { bob: ["holly"] },
    {},
    /^alias bob: it is never asked for bob@example.org, the person bob/,
  ],
  [
    "an alias behind @host",
    { "@example.org": ["bob"], sales: ["holly"] },
    {},
    /^alias sales: it is never asked for sales@example.org, the alias @example.org/,
  ],
  ["a route in a circle", {}, { "a.example": "to:x@a.example" }, /^route a.example: for .*leads too far/],
  ["a route behind a person", {}, { "bo*@example.org": "mx", "bob@example.org": "mx" }, undefined],
  ["a destination of a newer release", {}, { "a.example": "fax:1" }, /^route a.example: the destination fax:1/],
  [
    "a wider pattern behind a narrower one",
    {},
    { "*-x@a.example": "mx", "nobody-has-this-name-x@a.example": "mx" },
    /^route \*-x@a.example: it is never asked/,
  ],
] as const)("names %s", (_what, aliases, routes, wanted) => {
  const found = problems(aliases as unknown as Record<string, string[]>, routes);
  if (wanted === undefined) expect(found).toEqual([]);
  else expect(found.some((text) => wanted.test(text))).toBe(true);
});

it.each([
  ["what is right", "./\nbob\nx@far.example", []],
  ["somebody who has gone", "./\ngone", ["gone leads nowhere: the mailbox of gone@example.org is suspended"]],
  ["a program, which are not allowed", "|vacation\n./", ["vacation is a program, and programs are not allowed"]],
  ["what an older version understood", "bob\n+nonsense", ['line 2: "+nonsense" means nothing: only +list does']],
])("says of instructions with %s what is wrong", (_what, text, expected) => {
  const instructions = [{ person: "holly", extension: "news", text }];
  const found = directoryProblems(routingView({}, {}), { aliases: [], routes: [], domains: DOMAINS, instructions });
  expect(found).toEqual(
    expected.map((says) => ({
      what: "instructions of holly-news",
      says: `${says}: mend them with \`qrelay hub instructions set holly\``,
    })),
  );
});
