import { placeOf } from "#hub/routing/places.js";
import type { DirectoryView, RoutedOffice } from "#hub/routing/view.js";
import { canonicalDomain } from "#shared/mail/address.js";
import type { OwnNames } from "#shared/qmail/complete-address.js";
import type { Line, Read } from "#shared/qmail/lines.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import { PlannedRoutes } from "./planned-routes.ts";

/** What the plan is made against: the directory, and what the plan itself has added so far. */
export interface Ground {
  readonly view: DirectoryView;
  readonly names: OwnNames;
  /** Added by the plan. */
  readonly domains: Set<string>;
  /** Added by the plan: with people of their own. */
  readonly ownPeople: Set<string>;
  readonly offices: Map<string, RoutedOffice>;
  readonly routes: PlannedRoutes;
  /** Dot-qmail files that a virtual domain leads to as an office's queue: they are no aliases. */
  readonly used: Set<string>;
  /** Names that begin so are also names at that host, without the beginning. */
  readonly virtualNames: VirtualNames[];
  /** The directory has aliases without a host, which an alias @host would hide. */
  readonly plainAliases: boolean;
  placeOf(domain: string): ReturnType<typeof placeOf>;
}

export interface VirtualNames {
  readonly begins: string;
  readonly host: string;
  /** They are names there only: the host has people of its own. */
  readonly only?: true;
}

export function groundOf(tree: QmailTree, view: DirectoryView, plainAliases: boolean): Ground {
  const domains = new Set<string>();
  const ownPeople = new Set<string>();
  const offices = new Map<string, RoutedOffice>();
  const grown: DirectoryView = {
    ...view,
    isDomain: (domain) => domains.has(domain) || view.isDomain(domain),
    hasOwnPeople: (domain) => ownPeople.has(domain) || view.hasOwnPeople(domain),
    officeByHost: (host) => offices.get(host) ?? view.officeByHost(host),
  };
  return {
    view,
    // A missing control file means the hub's own names.
    names: {
      defaultHost: wordOf(tree.defaultHost) ?? view.hubHost,
      defaultDomain: wordOf(tree.defaultDomain) ?? view.domain,
      plusDomain: wordOf(tree.plusDomain) ?? view.domain,
    },
    domains,
    ownPeople,
    offices,
    routes: new PlannedRoutes(tree.smtpRoutes?.records ?? []),
    used: new Set(),
    virtualNames: [],
    plainAliases,
    placeOf: (domain) => placeOf(grown, domain),
  };
}

/** The organisation's domains that the tree names: what qmail does for a local name it does in each of them. */
export function domainsOf(tree: QmailTree, { view, domains, placeOf }: Ground): string[] {
  const local = (tree.locals?.records ?? []).map(({ text }) => canonicalDomain(text));
  const known = local.filter((domain) => {
    const place = placeOf(domain);
    return place.kind === "own" && place.rule === "domain";
  });
  return [...new Set([view.domain, ...known, ...domains])];
}

function wordOf(read: Read<Line> | undefined): string | undefined {
  const [word] = read?.records ?? [];
  return word === undefined ? undefined : canonicalDomain(word.text);
}
