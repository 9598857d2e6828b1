import { expect, it } from "vitest";
import { Circles } from "./circles.ts";

interface Found {
  readonly leaves: readonly string[];
  readonly backTo?: number;
}

/** The leaves that a name of the graph leads to; a circle without any gives its first name in brackets. */
function leaves(graph: Record<string, string[]>, start: string): readonly string[] {
  const circles = new Circles<Found>((found) => found.leaves.length > 0);
  const follow = (name: string): Found => {
    const targets = graph[name];
    if (targets === undefined) return { leaves: [name] };
    const seen = circles.seen(name);
    if (seen !== undefined) return { leaves: [], backTo: seen };
    const all = (): Found => {
      const found = targets.map(follow);
      const back = found.flatMap(({ backTo }) => backTo ?? []);
      const given = found.flatMap((one) => one.leaves);
      return { leaves: given, ...(back.length === 0 ? {} : { backTo: Math.min(...back) }) };
    };
    return circles.follow(name, all, () => ({ leaves: [`(${name})`] }));
  };
  return follow(start).leaves;
}

it.each([
  ["what leads out", { a: ["b", "x"], b: ["y"] }, "a", ["y", "x"]],
  ["each record once", { a: ["b", "c"], b: ["d"], c: ["d"], d: ["x"] }, "a", ["x"]],
  ["a circle with a way out", { a: ["b"], b: ["a", "x"] }, "a", ["x"]],
  ["a circle of its own", { a: ["a"] }, "a", ["(a)"]],
  ["a circle at the record that was met first", { a: ["x", "b"], b: ["c"], c: ["b"] }, "a", ["x", "(b)"]],
  ["a record met twice inside its circle", { e: ["a", "b"], a: ["e"], b: ["a"] }, "e", ["(e)"]],
] as const)("gives %s", (_what, graph, start, expected) => {
  expect(leaves(graph as unknown as Record<string, string[]>, start)).toEqual(expected);
});
