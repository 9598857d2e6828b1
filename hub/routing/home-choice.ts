import { type FoundRoute, findLocalRoute } from "./route-table.ts";
import type { DirectoryView, RoutedPerson } from "./view.ts";

/**
 * Which record decides for a name in one of our own domains (pure). The order, most exact first:
 *
 * 1. the alias `user@host`             2. the route `user@host`
 * 3. the person                        4. a route with a wildcard, the longest first
 * 5. the person before a `+`           6. somebody who has left lately
 * 7. the alias `@host`, then the alias `user`
 *
 * That `@host` comes before `user` is fastforward's rule: a key with a host is about this host, one without about all.
 */
export interface OwnName {
  /** Lower case, NFC. */
  readonly name: string;
  readonly domain: string;
}

export type AtHome =
  | { readonly kind: "alias"; readonly key: string }
  | { readonly kind: "route"; readonly route: FoundRoute }
  | { readonly kind: "person"; readonly person: RoutedPerson; readonly extension?: string }
  | { readonly kind: "leaver"; readonly name: string; readonly forward?: string; readonly notice?: string };

export function chooseAtHome(view: DirectoryView, own: OwnName): AtHome | undefined {
  for (const one of candidates(view, own)) return one;
  return undefined;
}

/** Records of that very name that would have decided, had `choice` not been there. */
export function hiddenAtHome(
  view: DirectoryView,
  own: OwnName,
  choice: AtHome,
): { readonly rule: string; readonly record: string }[] {
  return [...candidates(view, own)]
    .filter((one) => one.kind !== choice.kind || recordOf(one) !== recordOf(choice))
    .map((one) => ({ rule: `the ${one.kind}`, record: recordOf(one) }));
}

export function recordOf(one: AtHome): string {
  switch (one.kind) {
    case "alias":
      return one.key;
    case "route":
      return one.route.pattern;
    case "person":
      return one.person.name;
    case "leaver":
      return one.name;
    default:
      return one satisfies never;
  }
}

function* candidates(view: DirectoryView, { name, domain }: OwnName): Generator<AtHome> {
  const exact = `${name}@${domain}`;
  if (view.alias(exact) !== undefined) yield { kind: "alias", key: exact };
  const route = findLocalRoute(name, domain, view);
  if (route !== undefined && !route.pattern.includes("*")) yield { kind: "route", route };
  const person = view.person(name);
  if (person !== undefined) yield { kind: "person", person };
  if (route?.pattern.includes("*") === true) yield { kind: "route", route };
  const plus = name.indexOf("+");
  const base = plus > 0 && person === undefined ? view.person(name.slice(0, plus)) : undefined;
  if (base !== undefined) yield { kind: "person", person: base, extension: name.slice(plus + 1) };
  const leaver = person === undefined ? view.leaver(name) : undefined;
  if (leaver !== undefined) yield { kind: "leaver", name, ...leaver };
  for (const key of [`@${domain}`, name]) if (view.alias(key) !== undefined) yield { kind: "alias", key };
}
