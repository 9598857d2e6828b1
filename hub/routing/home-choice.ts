import { type FoundInstructions, findInstructions } from "#shared/mail/instructions.js";
import { isPlain } from "./places.ts";
import { type FoundRoute, findWildcardRoute } from "./route-table.ts";
import type { DirectoryView, RoutedPerson } from "./view.ts";

/**
 * Which record decides for a name in a domain of ours (pure). The order, most exact first:
 *
 * 1. the alias `user@host`             2. the route `user@host`
 * 3. the person                        4. a route with a wildcard, the longest first
 * 5. the person before a `+`, and before a `-` where she has instructions for what follows it
 * 6. somebody who has left lately      7. the alias `@host`, then the alias `user`
 *
 * That `@host` comes before `user` is fastforward's rule: a key with a host is about this host, one without about all.
 * A domain with people of its own has nothing to do with the organisation's people, nor with the alias `user`.
 */
export interface OwnName {
  /** Lower case, NFC. */
  readonly name: string;
  /** The same as it was written: what a route hands on keeps its case. */
  readonly local: string;
  readonly domain: string;
}

export type AtHome =
  | { readonly kind: "alias"; readonly key: string }
  | { readonly kind: "route"; readonly route: FoundRoute }
  | {
      readonly kind: "person";
      readonly person: RoutedPerson;
      readonly extension?: string;
      readonly instructions?: FoundInstructions;
    }
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

function* candidates(view: DirectoryView, { name, local, domain }: OwnName): Generator<AtHome> {
  const exact = `${name}@${domain}`;
  if (view.isAlias(exact)) yield { kind: "alias", key: exact };
  const route = view.route(exact);
  if (route !== undefined) yield { kind: "route", route: { ...route, rest: local } };
  const virtual = view.hasOwnPeople(domain);
  const isName = virtual || isPlain(name);
  const keyOf: KeyOf = (one) => (virtual ? `${one}@${domain}` : one);
  const person = isName ? view.person(keyOf(name)) : undefined;
  if (person !== undefined) yield { kind: "person", person, ...instructed(view, person.name, "") };
  const wildcard = findWildcardRoute(local, domain, view);
  if (wildcard !== undefined) yield { kind: "route", route: wildcard };
  if (person === undefined && isName) yield* extended(view, name, keyOf);
  const leaver = person === undefined && isName ? view.leaver(keyOf(name)) : undefined;
  if (leaver !== undefined) yield { kind: "leaver", name: keyOf(name), ...leaver };
  if (view.isAlias(`@${domain}`)) yield { kind: "alias", key: `@${domain}` };
  if (!virtual && isName && view.isAlias(name)) yield { kind: "alias", key: name };
}

/** How the directory calls the person of a local part. */
type KeyOf = (local: string) => string;

/** Whoever stands before a `+` gets it in any case; before a `-`, the longest first, whoever has said what becomes of it. */
function* extended(view: DirectoryView, name: string, keyOf: KeyOf): Generator<AtHome> {
  const plus = name.indexOf("+");
  const base = plus > 0 ? view.person(keyOf(name.slice(0, plus))) : undefined;
  if (base !== undefined) {
    const extension = name.slice(plus + 1);
    const own = instructed(view, base.name, extension);
    yield { kind: "person", person: base, extension, ...instructed(view, base.name, ""), ...own };
  }
  for (let end = name.lastIndexOf("-"); end > 0; end = name.lastIndexOf("-", end - 1)) {
    const extension = name.slice(end + 1);
    const key = keyOf(name.slice(0, end));
    const found = instructed(view, key, extension);
    const person = found.instructions === undefined ? undefined : view.person(key);
    if (person !== undefined) yield { kind: "person", person, extension, ...found };
  }
}

function instructed(view: DirectoryView, person: string, extension: string): { instructions?: FoundInstructions } {
  const instructions = findInstructions(extension, (record) => view.instructions(person, record));
  return instructions === undefined ? {} : { instructions };
}
