import fc from "fast-check";
import { expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { routeRecipient } from "./route.ts";

/**
 * Expansion against a slow model that knows nothing of levels and visits: it looks at the whole graph of records, finds the
 * circles in it by who reaches whom, and asks of each whether any way leads out.
 */
/** With the people below no more than MAX_DEPTH. */
const ALIASES = ["a", "b", "c", "d", "a@shop.example"];
/** People of the view, with the address where their mailbox is. */
const PEOPLE: Readonly<Record<string, string>> = {
  holly: "holly@mazar.example.org",
  bob: "bob@example.org",
  zeno: "zeno@herat.example.org",
  "bob@shop.example": "bob@shop.example",
  "info@shop.example": "info@shop.example",
};
const FAR = "x@far.example";
const NOBODY = "nobody";

interface Records {
  readonly aliases: Readonly<Record<string, string[]>>;
  /** People who have said something: addresses, and whether their mailbox is among it. */
  readonly instructions: Readonly<Record<string, { readonly keep: boolean; readonly to: string[] }>>;
}

const target = fc.constantFrom(...ALIASES, ...Object.keys(PEOPLE), FAR, NOBODY);
const records: fc.Arbitrary<Records> = fc.record({
  aliases: fc.dictionary(fc.constantFrom(...ALIASES), fc.array(target, { minLength: 1, maxLength: 4 })),
  instructions: fc.dictionary(
    fc.constantFrom(...Object.keys(PEOPLE)),
    fc.record({ keep: fc.boolean(), to: fc.array(target, { minLength: 1, maxLength: 3 }) }),
  ),
});

interface Expected {
  readonly reached: Set<string>;
  refused: boolean;
  deferred: boolean;
}

function model(start: string, { aliases, instructions }: Records): Expected {
  const isRecord = (name: string): boolean => Object.hasOwn(aliases, name) || Object.hasOwn(instructions, name);
  const targetsOf = (name: string): string[] => aliases[name] ?? instructions[name]?.to ?? [];
  const leavesOf = (name: string): string[] => [
    ...(instructions[name]?.keep === true ? [PEOPLE[name] ?? ""] : []),
    ...targetsOf(name).filter((one) => !isRecord(one)),
  ];
  const onward = (name: string): string[] => targetsOf(name).filter(isRecord);
  const expected: Expected = { reached: new Set(), refused: false, deferred: false };
  const visited = inOrder(start, onward).filter(isRecord);
  for (const leaf of isRecord(start) ? visited.flatMap(leavesOf) : [start]) {
    if (leaf === FAR) expected.reached.add(FAR);
    else if (PEOPLE[leaf] !== undefined || Object.values(PEOPLE).includes(leaf))
      expected.reached.add(PEOPLE[leaf] ?? leaf);
    else expected.refused = true;
  }
  for (const name of visited) {
    const reach = inOrder(name, onward);
    const circle = reach.filter((other) => inOrder(other, onward).includes(name));
    const closed = reach.length === circle.length && circle.every((one) => leavesOf(one).length === 0);
    // The first of a circle that is met answers for it: a person keeps her mail, an alias cannot.
    if (!closed || visited.find((one) => circle.includes(one)) !== name) continue;
    const mailbox = PEOPLE[name];
    if (mailbox === undefined) expected.deferred = true;
    else expected.reached.add(mailbox);
  }
  return expected;
}

/** A name and all that it leads to, each before what it names. */
function inOrder(name: string, onward: (name: string) => string[], seen: string[] = []): string[] {
  if (seen.includes(name)) return seen;
  seen.push(name);
  for (const next of onward(name)) inOrder(next, onward, seen);
  return seen;
}

function textOf({ keep, to }: { readonly keep: boolean; readonly to: string[] }): string {
  return [...(keep ? ["./"] : []), ...to.map((one) => `&${one}`)].join("\n");
}

it("follows aliases and instructions as the model does, whatever stands in them", () => {
  const start = fc.constantFrom(...ALIASES, ...Object.keys(PEOPLE), NOBODY);
  fc.assert(
    fc.property(records, start, (given, name) => {
      const said = Object.fromEntries(Object.entries(given.instructions).map(([who, what]) => [who, textOf(what)]));
      const decision = routeRecipient(
        routingView({ ...given.aliases }, {}, {}, said),
        name.includes("@") ? name : `${name}@example.org`,
        {
          relay: true,
        },
      );
      const { reached, refused, deferred } = model(name, given);
      expect(decision.destinations.map(({ recipient }) => recipient).sort()).toEqual([...reached].sort());
      const outcomes =
        reached.size > 0 ? new Set(decision.problems.map(({ outcome }) => outcome)) : new Set([decision.outcome]);
      expect(outcomes.has("deferred")).toBe(deferred);
      if (reached.size > 0 || !deferred) expect(outcomes.has("refused")).toBe(refused);
    }),
    { numRuns: 3000 },
  );
});
