import { describe, expect, it } from "vitest";
import { aliasProblem, hiddenFrom } from "./alias-check.ts";
import type { HeldNames } from "./known-name.ts";
import type { RoutedAlias } from "./office-alias.ts";
import { type Client, explainAtSpoke, routeAtSpoke, type SpokeView } from "./routing.ts";

const HERE: Client = { relay: true };
const STRANGER: Client = { relay: false };
const HUB: Client = { relay: true, hub: true };

const LIST = ["maria", "all", "artemis"];
const NAMES: HeldNames = {
  version: 12,
  at: Date.UTC(2026, 10, 24),
  ageMs: 3_600_000,
  get: (name) => (LIST.includes(name) ? { name } : undefined),
};

interface Office {
  readonly aliases: Readonly<Record<string, readonly string[] | RoutedAlias>>;
  readonly names?: HeldNames;
  readonly wishes?: Readonly<Record<string, string>>;
}

/** An office with holly, ali and gone, who is suspended. */
function office({ aliases, names, wishes = {} }: Office): SpokeView {
  return {
    host: "herat.example.org",
    machine: "laptop.lan",
    domains: ["example.org", "example.net"],
    person: (name) => (["holly", "ali", "gone"].includes(name) ? { suspended: name === "gone" } : undefined),
    movedAway: () => false,
    instructions: (person, record) => wishes[record === "" ? person : `${person}-${record}`],
    names: () => names,
    alias: (name) => {
      const found = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
      return Array.isArray(found) ? { targets: found } : (found as RoutedAlias | undefined);
    },
  };
}

/** What becomes of it, in a line for each place and problem. */
function places(view: SpokeView, address: string, client = HERE): string[] {
  const { destinations, problems = [], outcome, status } = routeAtSpoke(view, address, client);
  if (outcome === "refused" || outcome === "deferred") return [`${outcome} ${status}`];
  const where = destinations.map(({ kind, recipient, sender }) => [kind, recipient, sender].filter(Boolean).join(" "));
  return [...where, ...problems.map((one) => `${one.outcome} ${one.recipient}`)].sort();
}

const IN_HOLLYS = "mailbox holly@herat.example.org";
const IN_ALIS = "mailbox ali@herat.example.org";

describe("an alias of the office", () => {
  const view = office({
    names: NAMES,
    aliases: {
      radio: ["holly", "maria", "x@far.example"],
      desk: ["radio", "ali", "HOLLY@example.org"],
      owned: { targets: ["holly", "x@far.example"], owner: "holly" },
      outer: { targets: ["owned", "ali"], owner: "desk" },
      some: ["holly", "nobody@example.org", "gone"],
      dead: ["nobody@herat.example.org"],
      holly: ["ali"],
      abuse: ["ali"],
      all: ["ali"],
      "holly-news": ["ali"],
      café: ["ali"],
    },
  });
  const RADIO = [IN_HOLLYS, "outbound maria@example.org", "outbound x@far.example"];

  it.each([
    "radio",
    "Radio@Herat.example.org",
    "radio@localhost",
    "radio@laptop.lan",
    "RADIO@example.org",
    "radio@example.net",
  ])("is expanded, once: %s", (address) => expect(places(view, address)).toEqual(RADIO));

  it.each([
    ["aliases within it, each place once", "desk", [IN_ALIS, ...RADIO]],
    ["its owner as sender", "owned", [`${IN_HOLLYS} holly@example.org`, "outbound x@far.example holly@example.org"]],
    [
      "of nested ones the innermost owner",
      "outer",
      [
        `${IN_ALIS} desk@herat.example.org`,
        `${IN_HOLLYS} holly@example.org`,
        "outbound x@far.example holly@example.org",
      ],
    ],
    [
      "a bad target that costs the others nothing",
      "some",
      [IN_HOLLYS, "refused gone@example.org", "refused nobody@example.org"],
    ],
    ["nobody", "dead", ["refused 5.1.1"]],
    ["the person before it", "holly", [IN_HOLLYS]],
    ["the alias before a role", "abuse@herat.example.org", [IN_ALIS]],
    ["headquarters' role", "abuse@example.org", ["outbound abuse@example.org"]],
    ["the organisation's name before it", "all@example.org", ["outbound all@example.org"]],
    ["itself under the office's own name", "all@herat.example.org", [IN_ALIS]],
    ["a hyphen that nobody has said anything of", "holly-news@herat.example.org", [IN_ALIS]],
    ["letters of any script", "CAFE\u0301@herat.example.org", [IN_ALIS]],
  ] as const)("gives %s", (_what, address, expected) => expect(places(view, address)).toEqual([...expected].sort()));

  it("may be written to by anybody, and headquarters' mail for it goes on to its members elsewhere", () => {
    expect(places(view, "radio@herat.example.org", STRANGER)).toEqual(RADIO);
    expect(places(view, "radio@herat.example.org", HUB)).toEqual(RADIO);
  });

  it("is nothing that headquarters may ask for by the organisation's name", () => {
    expect(places(view, "radio@example.org", HUB)).toEqual(["refused 5.1.1"]);
  });

  it("carries its own address against loops, however it was written", () => {
    for (const address of ["radio", "radio@localhost", "RADIO@example.org"])
      expect(routeAtSpoke(view, address, HERE).expanded).toBe("radio@herat.example.org");
  });

  it("never takes what may be the organisation's, where no list of names is held", () => {
    const blind = office({ aliases: { radio: ["holly"] } });
    expect(places(blind, "radio@example.org")).toEqual(["outbound radio@example.org"]);
    expect(places(blind, "radio@herat.example.org")).toEqual([IN_HOLLYS]);
  });

  it("follows what its members want done with their mail, whoever wrote", () => {
    const wishful = office({ aliases: { radio: ["holly", "holly@herat.example.org"] }, wishes: { holly: "ali" } });
    for (const client of [HERE, HUB])
      expect(places(wishful, "radio@herat.example.org", client)).toEqual([IN_ALIS, IN_HOLLYS]);
  });

  it("is led to by somebody's instructions, and back", () => {
    const circle = office({ aliases: { radio: ["holly", "ali"] }, wishes: { holly: "radio@herat.example.org" } });
    expect(places(circle, "radio@herat.example.org")).toEqual([IN_ALIS]);
    expect(places(circle, "holly@example.org")).toEqual([IN_ALIS]);
    const closed = office({ aliases: { radio: ["holly"] }, wishes: { holly: "radio@herat.example.org" } });
    expect(places(closed, "holly@example.org")).toEqual([IN_HOLLYS]);
  });
});

describe("an alias of the office that cannot work", () => {
  const chain = Object.fromEntries(
    Array.from({ length: 12 }, (_one, at) => [`a${at}`, [at < 11 ? `a${at + 1}` : "ali"]]),
  );
  const wide = Object.fromEntries(
    Array.from({ length: 12 }, (_one, at) => [
      `w${at}`,
      Array.from({ length: 1000 }, (_x, n) => `x${n}-${at}@far.example`),
    ]),
  );
  it.each<[string, Record<string, string[]>]>([
    ["itself", { one: ["one"] }],
    ["a circle", { one: ["two"], two: ["three@localhost"], three: ["one@herat.example.org"] }],
    ["no target", { one: [] }],
    ["too deep", { one: ["a0"], ...chain }],
  ])("is deferred, not lost: %s", (_what, aliases) => {
    expect(places(office({ aliases }), "one")).toEqual(["deferred 4.3.5"]);
  });

  it("is deferred for the part that is too wide, and the rest gets it", () => {
    const found = places(office({ aliases: { one: Object.keys(wide), ...wide } }), "one");
    expect(found.filter((one) => one.startsWith("outbound"))).toHaveLength(9000);
    expect(found.filter((one) => one.startsWith("deferred"))).toEqual(
      ["w10", "w11", "w9"].map((one) => `deferred ${one}@herat.example.org`),
    );
  });

  it("costs nothing that something else leads out of the circle", () => {
    expect(places(office({ aliases: { one: ["two"], two: ["one", "ali"] } }), "one")).toEqual([IN_ALIS]);
  });

  it("ends in time where every alias names every other", () => {
    const all = Array.from({ length: 60 }, (_one, at) => `n${at}`);
    const aliases = Object.fromEntries(all.map((name) => [name, [...all, "ali"]]));
    expect(places(office({ aliases }), "n0")).toContain(IN_ALIS);
  });
});

describe("explain", () => {
  const rules = (view: SpokeView, address: string): string[] =>
    explainAtSpoke(view, address, HERE).steps.map(({ rule, says }) => (rule === "hidden" ? `${rule}: ${says}` : rule));
  const aliases = {
    holly: ["ali"],
    all: ["ali"],
    root: ["ali"],
    abuse: ["ali"],
    radio: { targets: ["ali"], owner: "ali" },
  };
  const known = office({ aliases, names: NAMES });
  const blind = office({ aliases });

  it.each([
    ["holly@herat.example.org", known, "the office's alias of that name is not asked: the person holly comes first"],
    [
      "holly+x@example.org",
      office({ aliases: { "holly+x": ["ali"] } }),
      "the office's alias of that name is not asked: the person holly comes first",
    ],
    ["all@example.org", known, "the office's alias of that name is not asked: the organisation's name comes first"],
    [
      "all@example.org",
      blind,
      "the office's alias of that name is not asked: headquarters, which may have the name, comes first",
    ],
    ["root@example.org", known, "the office's alias of that name is not asked: the role comes first"],
    [
      "abuse@example.org",
      known,
      "the office's alias of that name is not asked: headquarters, which answers it, comes first",
    ],
    ["abuse@herat.example.org", known, "the role of that name is not asked: the alias comes first"],
  ] as const)("tells what %s hides", (address, view, says) => {
    expect(rules(view, address)).toContain(`hidden: ${says}`);
    expect(routeAtSpoke(view, address, HERE).steps.some(({ rule }) => rule === "hidden")).toBe(false);
  });

  it("tells the way through list, alias and owner, and that there is no list", () => {
    expect(rules(known, "radio@example.org")).toEqual(["domain", "names", "office-alias", "domain", "person", "owner"]);
    expect(rules(blind, "maria@example.org")).toEqual(["domain", "names", "outbound"]);
  });
});

describe("aliasProblem", () => {
  it.each<[string, Office, RegExp | undefined]>([
    ["people, aliases and strangers", { aliases: { one: ["holly", "two", "x@far.example"], two: ["ali"] } }, undefined],
    ["a name that nobody can know here", { aliases: { one: ["somebody"] } }, undefined],
    ["a name of the organisation", { aliases: { one: ["maria"] }, names: NAMES }, undefined],
    [
      "a name that nobody has",
      { aliases: { one: ["holly", "somebody"] }, names: NAMES },
      /target somebody leads nowhere/,
    ],
    ["nobody here", { aliases: { one: ["x@herat.example.org"] } }, /target x@herat.example.org leads nowhere/],
    ["somebody suspended", { aliases: { one: ["gone"] } }, /suspended/],
    [
      "an owner that nobody has",
      { aliases: { one: { targets: ["holly"], owner: "x@localhost" } } },
      /owner x@localhost leads/,
    ],
    ["the nodes' own addresses", { aliases: { one: ["qrelay-names@kabul.example.org"] } }, /leads nowhere/],
    ["itself", { aliases: { one: ["holly", "one"] } }, /back to itself/],
    ["a circle that leads out too", { aliases: { one: ["two"], two: ["one", "holly"] } }, /back to itself/],
    [
      "two ways to one alias, which is no circle",
      { aliases: { one: ["two", "three"], two: ["three"], three: ["ali"] } },
      undefined,
    ],
  ])("%s", (_what, given, expected) => {
    const problem = aliasProblem(office(given), "one");
    if (expected === undefined) expect(problem).toBeUndefined();
    else expect(problem).toMatch(expected);
  });
});

describe("hiddenFrom", () => {
  const view = office({ aliases: { holly: ["ali"], all: ["ali"], radio: ["ali"] }, names: NAMES });
  it.each([
    ["holly", /the person holly comes first/],
    ["all", /only all@herat.example.org is this alias/],
  ])("%s", (name, says) => expect(hiddenFrom(view, name)).toMatch(says));
  it("is nothing for a name of its own", () => expect(hiddenFrom(view, "radio")).toBeUndefined());
});
