import type { RoutedPattern, RouteLookup } from "#hub/routing/route-table.js";
import type { DirectoryView } from "#hub/routing/view.js";

const OFFICES = [
  { name: "kabul", host: "kabul.example.org", paused: false },
  { name: "mazar", host: "mazar.example.org", paused: false },
  { name: "herat", host: "herat.example.org", paused: true },
  { name: "farah", host: "farah.example.org", paused: false, dial: "qmtp://192.0.2.7:209" },
  { name: "zaranj", host: "zaranj.example.org", paused: false, prefix: "zaranj-" },
];

const ROUTES: TestRoutes = { "smart.example": "smtp://relay.example:2525", ".routed.example": "smtp://[::1]" };

const LEAVERS: Record<string, { forward?: string; notice?: string }> = {
  lena: { forward: "lena@example.net" },
  nick: { notice: "Nick has left, write to info@example.org" },
  olga: {},
  "lena@shop.example": { forward: "bob@shop.example" },
};

/** A small organisation: kabul has the hub, herat is paused, farah and zaranj are stock qmail offices, gone is suspended; mazar has aliases of its own. */
export function routingView(
  aliases: Record<string, string[]>,
  routes: TestRoutes = ROUTES,
  owners: Record<string, string> = {},
  instructions: Record<string, string> = {},
): DirectoryView {
  const people: Record<string, [office: string, suspended: boolean]> = {
    holly: ["mazar", false],
    bob: ["kabul", false],
    zeno: ["herat", false],
    gone: ["mazar", true],
    "50%off": ["kabul", false],
    "bob@shop.example": ["kabul", false],
    "info@shop.example": ["mazar", false],
    "gone@shop.example": ["mazar", true],
  };
  return {
    domain: "example.org",
    hubOffice: "kabul",
    hubHost: "kabul.example.org",
    localNames: ["laptop", "laptop.lan"],
    hasOwnPeople: (domain) => domain === "shop.example",
    isDomain: (domain) => ["example.org", "second.example"].includes(domain),
    officeByHost: (host) => OFFICES.find((office) => office.host === host),
    office: (name) => OFFICES.find((office) => office.name === name),
    officeName: (office, name) => office === "mazar" && ["radio", "holly", "zeno"].includes(name),
    person: (name) => {
      const found = Object.hasOwn(people, name) ? people[name] : undefined;
      return found && { name, office: found[0], suspended: found[1] };
    },
    alias: (name) => (Object.hasOwn(aliases, name) ? aliases[name] : undefined),
    wasAt: (name, office) => name === "zeno" && office === "mazar",
    leaver: (name) => (Object.hasOwn(LEAVERS, name) ? LEAVERS[name] : undefined),
    isAlias: (name) => Object.hasOwn(aliases, name),
    include: (path) => ({ problem: `${path}: there is no such file` }),
    list: (name) => (Object.hasOwn(owners, name) ? { owner: owners[name] ?? "" } : undefined),
    approves: () => false,
    instructions: (person, record) => instructions[record === "" ? person : `${person}-${record}`],
    programs: false,
    isListed: (_pattern, names) => names.some((name) => ["kim", "lena@club.example"].includes(name)),
    ...routesOf(routes),
  };
}

/** A destination, or one with what else the route says. */
export type TestRoutes = Record<string, string | Omit<RoutedPattern, "pattern">>;

/** Routes by pattern; those to another address are taken from anybody, as the directory has it. */
export function routesOf(table: TestRoutes): RouteLookup {
  const routed = (pattern: string): RoutedPattern | undefined => {
    const route = Object.hasOwn(table, pattern) ? table[pattern] : undefined;
    if (typeof route !== "string") return route && { pattern, ...route };
    return { pattern, destination: route, accept: route.startsWith("to:") };
  };
  return {
    route: routed,
    wildcardRoutes: (domain) =>
      Object.keys(table).flatMap((pattern) =>
        pattern.includes("*") && pattern.endsWith(`@${domain}`) ? (routed(pattern) ?? []) : [],
      ),
  };
}
