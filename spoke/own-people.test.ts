import { describe, expect, it } from "vitest";
import { type Client, routeAtSpoke, type SpokeView } from "./routing.ts";

/** herat has sales of shop.example; headquarters knows of info, too. */
const PEOPLE = ["zeno", "sales", "sales@shop.example"];
const NAMES = [
  "*@shop.example",
  "zeno",
  "sales",
  "sales@shop.example",
  "info@shop.example",
  "team-*@shop.example",
  "maria",
];
const HERE: Client = { relay: true };
const STRANGER: Client = { relay: false };
const HUB: Client = { relay: true, hub: true };

function view(names: readonly string[] | undefined, said: Record<string, string> = {}): SpokeView {
  return {
    host: "herat.example.org",
    machine: "laptop.lan",
    domains: ["example.org"],
    person: (name) => (PEOPLE.includes(name) ? { suspended: false } : undefined),
    movedAway: () => false,
    alias: () => undefined,
    instructions: (person, record) => said[record === "" ? person : `${person} ${record}`],
    names: () => names && { version: 1, at: 0, ageMs: 0, get: (name) => (names.includes(name) ? { name } : undefined) },
  };
}

function route(address: string, client: Client, at = view(NAMES)): string | undefined {
  const { status, destinations } = routeAtSpoke(at, address, client);
  return status ?? destinations.map(({ kind, name, recipient }) => `${kind} ${name} ${recipient}`).join(", ");
}

const SALES = "mailbox sales@shop.example sales@shop.example";

describe("a domain with people of its own, at an office", () => {
  it.each<[address: string, here: string]>([
    ["Sales@Shop.Example", SALES],
    ["sales@example.org", "mailbox sales sales@herat.example.org"],
    ["sales+x@shop.example", SALES],
    ["info@shop.example", "outbound outbound info@shop.example"],
    ["info+x@shop.example", "outbound outbound info+x@shop.example"],
    ["team-a@shop.example", "outbound outbound team-a@shop.example"],
    ["nobody@shop.example", "5.1.1"],
    ["zeno@shop.example", "5.1.1"],
    ["maria@shop.example", "5.1.1"],
    ["info@example.org", "5.1.1"],
    ["maria@example.org", "outbound outbound maria@example.org"],
    ["postmaster@shop.example", "outbound outbound postmaster@shop.example"],
    ["root@shop.example", "outbound outbound root@shop.example"],
  ])("%s", (address, here) => {
    expect(route(address, HERE)).toBe(here);
    expect(route(address, STRANGER)).toBe(here);
  });

  it("goes out where the office does not hold the names, but for its own people", () => {
    for (const names of [undefined, ["sales@shop.example", "info@shop.example", "zeno"]]) {
      expect(route("sales@shop.example", HERE, view(names))).toBe(SALES);
      expect(route("nobody@shop.example", HERE, view(names))).toBe("outbound outbound nobody@shop.example");
      expect(route("nobody@shop.example", STRANGER, view(names))).toBe("5.7.1");
    }
  });

  it("is final here when it comes from headquarters", () => {
    expect(route("sales@shop.example", HUB, view(NAMES, { "sales@shop.example": "zeno" }))).toBe(SALES);
    expect(route("info@shop.example", HUB)).toBe("5.1.1");
    expect(route("sales+x@shop.example", HUB)).toBe("5.1.1");
    expect(route("info@shop.example", HUB, view(undefined))).toBe("5.7.1");
  });

  it("follows what its people here want done with their mail", () => {
    const said = { "sales@shop.example": "./\nzeno", "sales@shop.example news-default": "maria", sales: "maria" };
    const at = view(NAMES, said);
    expect(route("sales@shop.example", HERE, at)).toBe(`${SALES}, mailbox zeno zeno@herat.example.org`);
    expect(route("sales-news-x@shop.example", HERE, at)).toBe("outbound outbound maria@example.org");
    expect(routeAtSpoke(at, "sales-news-x@shop.example", HERE).steps).toContainEqual(
      expect.objectContaining({ rule: "instructions", record: "sales-news-default@shop.example" }),
    );
  });
});
