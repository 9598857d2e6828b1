import type { RouteLookup } from "#hub/routing/route-table.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { isApproval } from "./approval-secret.ts";
import type { Directory } from "./directory.ts";
import { includeReader } from "./read-include.ts";

/** Who this hub is, from its configuration and its machine. */
export interface Identity {
  /** Main domain of the organisation. */
  readonly domain: string;
  /** Name of the hub's own office. */
  readonly office: string;
  /** The hub's host name. */
  readonly host: string;
  /** What the machine calls itself (`os.hostname()`), in any case. */
  readonly localNames: readonly string[];
  /** Whether programs may be run. */
  readonly programs: boolean;
}

export function routeLookup({ routes }: Directory): RouteLookup {
  return { route: (pattern) => routes.get(pattern), wildcardRoutes: (domain) => routes.wildcards(domain) };
}

/** The directory as routing sees it; each look-up reads the database anew. Wrap a decision in `directory.read`. */
export function directoryView(directory: Directory, identity: Identity): DirectoryView {
  const { offices, people, aliases, departures, domains, instructions } = directory;
  return {
    domain: identity.domain.toLowerCase(),
    hubOffice: identity.office,
    hubHost: identity.host.toLowerCase(),
    localNames: identity.localNames.map((name) => name.toLowerCase()),
    isDomain: (domain) => domains.has(domain),
    hasOwnPeople: (domain) => domains.hasOwnPeople(domain),
    officeByHost: (host) => offices.byHost(host),
    office: (name) => offices.get(name),
    officeName: (office, name) => directory.officeNames.has(office, name),
    person: (name) => people.posting(name),
    wasAt: (name, office) => departures.transferred(name, office),
    leaver: (name) => departures.leaver(name),
    alias: (name) => aliases.targets(name),
    instructions: (person, record) => instructions.get(person, record)?.text,
    programs: identity.programs,
    isAlias: (name) => aliases.has(name),
    include: includeReader(),
    approves: (list, token) => isApproval(directory, list, token),
    list: (name) => aliases.asList(name),
    isListed: (pattern, names) => directory.routeNames.has(pattern, names),
    ...routeLookup(directory),
  };
}
