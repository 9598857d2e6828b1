import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { routeRecipient } from "./route.ts";

const STRANGER = { relay: false };

describe("routeRecipient, whatever the aliases say", () => {
  const names = ["a", "b", "c", "d", "b@shop.example", "postmaster", "root"];
  const leaf = fc.constantFrom(
    "bob",
    "holly",
    "gone",
    "nobody",
    "x@example.net",
    "zeno@herat.example.org",
    "info@shop.example",
  );
  const target = fc.oneof(fc.constantFrom(...names), leaf);
  const aliases = fc.dictionary(fc.constantFrom(...names), fc.array(target, { minLength: 1, maxLength: 5 }), {
    maxKeys: 6,
  });

  it("ends, gives the same twice, and loses nobody", () => {
    fc.assert(
      fc.property(aliases, fc.oneof(target, fc.emailAddress()), (table, address) => {
        const decision = routeRecipient(routingView(table), address, STRANGER);
        expect(routeRecipient(routingView(table), address, STRANGER)).toEqual(decision);
        expect(decision.destinations.length > 0).toBe(decision.status === undefined);
        const reached = [...decision.destinations, ...decision.problems].map((one) => one.recipient.split("@")[0]);
        // Roles that lead nowhere fall to the hub's mailbox instead of reporting each member.
        const roles = reachable(table, address).some((name) => ["postmaster", "root"].includes(name));
        if (decision.destinations.length === 0 || roles) return;
        for (const name of reachable(table, address)) {
          if (!Object.hasOwn(table, name)) expect(reached).toContain(name.split("@")[0]);
        }
      }),
    );
  });

  function reachable(table: Record<string, string[]>, start: string): string[] {
    const found = new Set([start]);
    for (const name of found) for (const next of Object.hasOwn(table, name) ? (table[name] ?? []) : []) found.add(next);
    return [...found];
  }
});
