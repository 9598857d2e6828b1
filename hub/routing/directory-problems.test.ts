import { expect, it } from "vitest";
import { routesOf, routingView, type TestRoutes } from "../../test/support/routing-view.ts";
import { directoryProblems } from "./directory-problems.ts";

const DOMAINS = ["example.org", "second.example"];

function problems(aliases: Record<string, string[]>, routes: TestRoutes): string[] {
  const { route } = routesOf(routes);
  const patterns = Object.keys(routes).flatMap((pattern) => route(pattern) ?? []);
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
    "an alias behind @host in every domain",
    { "@example.org": ["bob"], "@second.example": ["bob"], sales: ["holly"] },
    {},
    /^alias sales: it is never asked for sales@example.org, the alias @example.org/,
  ],
  [
    "an alias behind @host in one domain, for which that is meant",
    { "@second.example": ["bob"], sales: ["holly"] },
    {},
    undefined,
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
  const found = problems(aliases as unknown as Record<string, string[]>, routes as TestRoutes);
  if (wanted === undefined) expect(found).toEqual([]);
  else expect(found.some((text) => wanted.test(text))).toBe(true);
});

const OLD = { destination: "smtp://old.example", accept: true };

it.each([
  ["whose host is not asked", OLD, /^route example.org: every name .* bounces .*--check probe/],
  ["whose host is asked", { ...OLD, check: "probe" } as const, undefined],
  ["that leads to one of us", { destination: "to:holly", accept: true }, undefined],
  ["that only our own people reach", { ...OLD, accept: false }, /^route example.org: it is never asked/],
])("says of a fallback %s what is wrong", (_what, route, wanted) => {
  const found = problems({}, { "example.org": route });
  expect(found).toEqual(wanted === undefined ? [] : [expect.stringMatching(wanted)]);
});

it("finds nothing wrong with a domain that is elsewhere and handed on", () => {
  expect(problems({}, { "club.example": OLD })).toEqual([]);
});

it("names a fallback behind an alias that takes all", () => {
  const [found] = problems({ "@example.org": ["bob"] }, { "example.org": { ...OLD, check: "list" } });
  expect(found).toMatch(/^route example.org: it is never asked/);
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
