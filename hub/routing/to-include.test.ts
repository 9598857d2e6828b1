import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { aliasProblem } from "./alias-check.ts";
import { directoryProblems } from "./directory-problems.ts";
import { explainRecipient, routeRecipient } from "./route.ts";
import type { DirectoryView } from "./view.ts";

const FILES: Record<string, string[]> = {
  "/l/staff": ["holly", "bob@example.org", "x@far.example"],
  "/l/all": [":include:/l/staff", "zeno"],
  "/l/half": ["bob", ":include:/l/gone"],
  "/l/self": [":include:/l/self"],
  "/l/round": [":include:/l/trip"],
  "/l/trip": [":include:/l/round", "bob"],
  "/l/names-alias": ["inner"],
  "/l/typo": ["bob", "nobody"],
  "/l/Case": ["holly"],
  "/l/many": Array.from({ length: 10_000 }, (_, index) => `x${index}@far.example`),
  "/l/more": ["bob", ":include:/l/many"],
};

function viewOf(aliases: Record<string, string[]>, owners: Record<string, string> = {}): DirectoryView {
  const include: DirectoryView["include"] = (path) => {
    const targets = FILES[path];
    if (targets === undefined) return { problem: `${path}: there is no such file` };
    return { entries: targets.map((target, index) => ({ target, line: index + 1 })) };
  };
  return { ...routingView(aliases, {}, owners), include };
}

/** Recipients reached, and what was not: `STATUS RECIPIENT`. */
function reached(view: DirectoryView, address: string): string[] {
  const { destinations, problems, status } = routeRecipient(view, address, { relay: false });
  const lost = problems.map((one) => `${one.status} ${one.recipient}`);
  return [...destinations.map(({ recipient }) => recipient), ...lost, ...(status === undefined ? [] : [status])];
}

const HOLLY = "holly@mazar.example.org";
const BOB = "bob@example.org";
const X = "x@far.example";
const ZENO = "zeno@herat.example.org";

describe("an included file", () => {
  it.each<[what: string, aliases: Record<string, string[]>, to: string, found: string[]]>([
    ["is its addresses", { a: [":include:/l/staff"] }, "a", [BOB, HOLLY, X]],
    ["stands beside others", { a: ["zeno", ":include:/l/staff"] }, "a", [BOB, HOLLY, X, ZENO]],
    ["includes another", { a: [":include:/l/all"] }, "a", [BOB, HOLLY, X, ZENO]],
    ["counts once", { a: [":include:/l/all", ":include:/l/staff", "bob"] }, "a", [BOB, HOLLY, X, ZENO]],
    ["names an alias", { a: [":include:/l/names-alias"], inner: ["bob"] }, "a", [BOB]],
    ["is in a nested alias", { a: ["b", "zeno"], b: [":include:/l/staff"] }, "a", [BOB, HOLLY, X, ZENO]],
    [
      "that is missing defers itself only",
      { a: ["zeno", ":include:/l/gone"] },
      "a",
      [ZENO, "4.3.5 a/l/gone@example.org"],
    ],
    ["that is all there is defers the message", { a: [":include:/l/gone"] }, "a", ["4.3.5"]],
    ["within one that is there", { a: [":include:/l/half"] }, "a", [BOB, "4.3.5 a/l/gone@example.org"]],
    [
      "of a nested alias is that alias's",
      { a: ["b", "zeno"], b: [":include:/l/gone"] },
      "a",
      [ZENO, "4.3.5 b/l/gone@example.org"],
    ],
    [
      "of a name that anybody has",
      { "@example.org": ["bob", ":include:/l/gone"] },
      "z",
      [BOB, "4.3.5 z/l/gone@example.org"],
    ],
    ["that leads only to itself", { a: ["zeno", ":include:/l/self"] }, "a", [ZENO, "4.3.5 a/l/self@example.org"]],
    ["in a circle with a way out", { a: [":include:/l/round"] }, "a", [BOB]],
    ["that leads back to the alias", { a: [":include:/l/names-alias", "bob"], inner: ["a"] }, "a", [BOB]],
    ["that leads only back to the alias", { a: [":include:/l/names-alias"], inner: ["a"] }, "a", ["4.3.5"]],
    ["with somebody who is nobody", { a: [":include:/l/typo"] }, "a", [BOB, "5.1.1 nobody@example.org"]],
    ["with too many in all", { a: [":include:/l/more"] }, "a", [BOB, "4.3.5 a/l/many@example.org"]],
  ])("%s", (_what, aliases, to, found) => expect(reached(viewOf(aliases), `${to}@example.org`)).toEqual(found));

  it("may hold as many addresses as a recipient may meet", () => {
    expect(reached(viewOf({ a: [":include:/l/many"] }), "a@example.org")).toHaveLength(10_000);
  });

  it.each<[what: string, to: string, found: string[]]>([
    ["what it holds now", "a/l/staff@example.org", [BOB, HOLLY, X]],
    ["in any case", "A/L/CASE@Second.Example", [HOLLY]],
    ["a file within a file", "a/l/gone@example.org", ["4.3.5"]],
    ["no file that the alias does not include", "a/l/all@example.org", ["5.1.1"]],
    ["no file of another alias", "b/l/staff@example.org", ["5.1.1"]],
    ["no file of nobody's", "/l/staff@example.org", ["5.1.1"]],
    ["nothing by the target itself", ":include:/l/staff@example.org", ["5.1.1"]],
  ])("is tried again by an address of its own: %s", (_what, to, found) => {
    const aliases = { a: ["zeno", ":include:/l/staff", ":include:/l/half", ":include:/l/Case"], b: ["bob"] };
    expect(reached(viewOf(aliases), to)).toEqual(found);
  });

  it("is of the list: its owner sends, and its writers are asked", () => {
    const view = viewOf({ a: ["zeno", ":include:/l/staff"] }, { a: "bob" });
    const { destinations } = routeRecipient(view, "a/l/staff@example.org", { relay: false });
    expect(destinations).toContainEqual(expect.objectContaining({ sender: BOB, list: "a@example.org" }));
    const list: DirectoryView["list"] = () => ({ post: "members" });
    const from = (sender: string) =>
      routeRecipient({ ...view, list }, "a@example.org", { relay: false, sender }).status;
    expect([from(HOLLY), from("zeno@example.org"), from(X), from("y@far.example")]).toEqual([
      undefined,
      undefined,
      undefined,
      "5.7.1",
    ]);
  });

  it("is a record of its own to who asks why, and does not tell strangers what stands in it", () => {
    const { steps } = explainRecipient(viewOf({ a: [":include:/l/staff"] }), "a@example.org", { relay: true });
    expect(steps).toContainEqual({ rule: "include", record: "/l/staff", says: "holds 3 addresses" });
    const secret = { ...viewOf({ a: [":include:/l/x"] }), include: () => ({ problem: '/l/x:3: "root:$6$secret"' }) };
    const met = explainRecipient(secret, "a@example.org", { relay: false });
    expect(met.text).toBe("the include /l/x cannot be used: ask the postmaster");
    expect(met.steps).toContainEqual({ rule: "include", record: "/l/x", says: '/l/x:3: "root:$6$secret"' });
  });
});

it("gives each address once and each missing file its own deferral, whatever includes what", () => {
  const names = ["/f/1", "/f/2", "/f/3", "/f/4"];
  const target = fc.constantFrom(...names.map((path) => `:include:${path}`), ":include:/f/gone", "bob", X, "nobody");
  const files = fc.dictionary(fc.constantFrom(...names), fc.array(target, { minLength: 1, maxLength: 4 }));
  fc.assert(
    fc.property(files, fc.array(target, { minLength: 1, maxLength: 3 }), (given, targets) => {
      const view: DirectoryView = {
        ...viewOf({ a: targets }),
        include: (path) => {
          const held = Object.hasOwn(given, path) ? given[path] : undefined;
          return held === undefined ? { problem: path } : { entries: held.map((one) => ({ target: one, line: 1 })) };
        },
      };
      // All that can be reached, by one look after the other.
      const met = new Set(targets);
      for (const one of met) for (const next of given[one.slice(":include:".length)] ?? []) met.add(next);
      const has = (path: string): boolean => Object.hasOwn(given, path);
      const missing = [...met].flatMap((one) => {
        const path = one.startsWith(":include:") ? one.slice(":include:".length) : undefined;
        return path === undefined || has(path) ? [] : [`a${path}@example.org`];
      });
      const wanted = [...(met.has("bob") ? [BOB] : []), ...(met.has(X) ? [X] : [])];
      const { destinations, problems, status } = routeRecipient(view, "a@example.org", { relay: false });
      expect(destinations.map(({ recipient }) => recipient)).toEqual(wanted);
      if (wanted.length === 0) expect(status).toMatch(missing.length > 0 ? /^4\.3\.5$/ : /^(4\.3\.5|5\.1\.1)$/);
      else expect(problems.map(({ recipient }) => recipient)).toEqual(expect.arrayContaining(missing));
    }),
    { numRuns: 2000 },
  );
});

describe("what is wrong with an include", () => {
  it.each<[targets: string[], says: string | undefined]>([
    [[":include:/l/staff"], undefined],
    [[":include:/l/gone"], "an include cannot be used: /l/gone: there is no such file"],
    [["bob", ":include:/l/half"], "an include cannot be used: /l/gone: there is no such file"],
    [
      [":include:/l/round"],
      "an include cannot be used: /l/round would lead back to itself: /l/round → /l/trip → /l/round",
    ],
    [[":include:/l/typo"], "the target nobody (/l/typo:2) leads nowhere: no such person: nobody@example.org"],
    [[":include:/l/names-alias"], "it would lead back to itself: a → :include:/l/names-alias → inner → a"],
  ])("%j is said when it is written", (targets, says) => {
    expect(aliasProblem(viewOf({ a: targets, inner: ["a"] }), "a")).toBe(says);
  });

  it("is found by check, with the file", () => {
    const aliases = { a: ["bob", ":include:/l/half"], b: [":include:/l/trip"], c: [":include:/l/typo"] };
    const tables = { aliases: Object.keys(aliases), routes: [], domains: ["example.org"], instructions: [] };
    const found = directoryProblems(viewOf(aliases), tables).map(({ what, says }) => `${what}: ${says}`);
    expect(found.map((text) => text.replace(/: mend.*/, ""))).toEqual([
      "alias a: /l/gone: there is no such file",
      "alias b: /l/trip would lead back to itself: /l/trip → /l/round → /l/trip",
      "alias b: /l/round would lead back to itself: /l/round → /l/trip → /l/round",
      "alias c: nobody@example.org: no such person: nobody@example.org",
    ]);
  });
});

it("what is left of a list within another is not asked who wrote it, when it is tried again", () => {
  const lists = { inner: [":include:/l/gone"], outer: ["inner", "bob"] };
  const view: DirectoryView = {
    ...viewOf(lists),
    list: (name) => (name === "inner" ? { post: "organisation" } : Object.hasOwn(lists, name) ? {} : undefined),
  };
  const stranger = { relay: false, sender: "x@far.example" };
  const [part] = routeRecipient(view, "outer@example.org", stranger).problems;
  expect(part).toMatchObject({ recipient: "inner/l/gone@example.org", outcome: "deferred" });
  const again = (more: object) => routeRecipient(view, "inner/l/gone@example.org", { ...stranger, ...more });
  expect(again({ sorted: true })).toMatchObject({ outcome: "deferred", status: "4.3.5" });
  // Who invents such an address is nobody whose mail was accepted before.
  expect(again({})).toMatchObject({ outcome: "refused", status: "5.7.1" });
});
