import fc from "fast-check";
import { expect, it } from "vitest";
import { type Client, routeAtSpoke, type SpokeView } from "./routing.ts";

/** Fewer than the levels that are followed: what is too deep has its own test. */
const NAMES = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"];
const LEAVES: Record<string, string> = {
  holly: "holly@herat.example.org",
  "x@far.example": "x@far.example",
  "maria@example.org": "maria@example.org",
  // Nobody: it must be told as a problem.
  "nobody@herat.example.org": "nobody@herat.example.org",
};

const targets = fc.array(fc.constantFrom(...NAMES, "a0@localhost", "A3@herat.example.org", ...Object.keys(LEAVES)), {
  minLength: 1,
  maxLength: 5,
});

function officeOf(aliases: ReadonlyMap<string, readonly string[]>): SpokeView {
  return {
    host: "herat.example.org",
    machine: "laptop.lan",
    domains: ["example.org"],
    person: (name) => (name === "holly" ? { suspended: false } : undefined),
    movedAway: () => false,
    instructions: () => undefined,
    names: () => undefined,
    alias: (name) => {
      const found = aliases.get(name);
      return found && { targets: found };
    },
  };
}

/** The slow way: everything that can be reached, each once. */
function reachable(aliases: ReadonlyMap<string, readonly string[]>, from: string): string[] {
  const seen = new Set([from]);
  const leaves = new Set<string>();
  for (const name of seen)
    for (const target of aliases.get(name) ?? []) {
      const leaf = LEAVES[target];
      if (leaf === undefined) seen.add(target.toLowerCase().replace(/@.*/, ""));
      else leaves.add(leaf);
    }
  return [...leaves].sort();
}

it("leads to all that a slow walk finds, each once, whoever writes; a circle that leads nowhere else is deferred", () => {
  fc.assert(
    fc.property(fc.tuple(...NAMES.map(() => targets)), fc.boolean(), fc.boolean(), (all, relay, hub) => {
      const aliases = new Map(NAMES.map((name, at) => [name, all[at] ?? []]));
      const client: Client = { relay, hub };
      const found = routeAtSpoke(officeOf(aliases), "a0@herat.example.org", client);
      const { destinations, problems = [] } = found;
      const expected = reachable(aliases, "a0");
      if (expected.length === 0) expect(found.outcome).toBe("deferred");
      const refused = problems.filter(({ outcome }) => outcome === "refused");
      const told = new Set([...destinations, ...refused].map(({ recipient }) => recipient));
      expect([...told].sort()).toEqual(expected);
      expect(destinations).toHaveLength(new Set(destinations.map(({ recipient }) => recipient)).size);
      expect(problems).toHaveLength(new Set(problems.map(({ recipient }) => recipient)).size);
      for (const { recipient, outcome } of problems)
        if (outcome === "deferred") expect(reachable(aliases, recipient.replace(/@.*/, ""))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});
