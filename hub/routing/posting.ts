import { addressKey, splitAddress } from "#shared/mail/address.js";
import { isInclude, targetsOf } from "./include-target.ts";
import { placeOf } from "./places.ts";
import type { DirectoryView } from "./view.ts";

/** Who may write to a list, when not anybody: those on it, everybody in the organisation, or its owner only. */
export const POSTERS = ["members", "organisation", "owner"] as const;
export type Posters = (typeof POSTERS)[number];

/** Members that are looked through, nested lists included. */
const MAX_MEMBERS = 10_000;

/**
 * Whether a sender may write to a list (pure). An envelope sender proves nothing, as everywhere in mail: this keeps strangers
 * and mistakes out, not a forger. The owner always may; a bounce has no sender and may not.
 */
export function mayPost(view: DirectoryView, list: string, who: Posters, sender: string): boolean {
  if (sender === "") return false;
  const writer = oneSpelling(view, sender);
  const owner = view.list(list)?.owner;
  if (owner !== undefined && oneSpelling(view, owner) === writer) return true;
  if (who === "owner") return false;
  if (who === "organisation") return isOrganisation(view, splitAddress(sender).domain);
  return membersOf(view, list).has(writer);
}

/** Where one writes to. */
export function listAddress(view: DirectoryView, alias: string): string {
  return alias.includes("@") ? alias : `${alias}@${view.domain}`;
}

function membersOf(view: DirectoryView, list: string): ReadonlySet<string> {
  const members = new Set<string>();
  const lists = new Set([list]);
  for (const one of lists) {
    for (const target of targetsOf(view, one)) {
      if (members.size >= MAX_MEMBERS) return members;
      if (isInclude(target)) {
        lists.add(target);
        continue;
      }
      members.add(oneSpelling(view, target));
      const { local, domain } = splitAddress(target);
      const { kind } = placeOf(view, domain);
      const names = kind === "own" ? [target, local] : kind === "virtual" ? [target] : [];
      for (const name of names.map(addressKey)) if (view.isAlias(name)) lists.add(name);
    }
  }
  return members;
}

/** `holly`, `holly@second.example` and `holly@herat.example.org` are one person. */
function oneSpelling(view: DirectoryView, address: string): string {
  const { local, domain } = splitAddress(address);
  return `${addressKey(local)}@${isOrganisation(view, domain) ? view.domain : domain}`;
}

/** Not a domain with people of its own, which may be anybody's. */
function isOrganisation(view: DirectoryView, domain: string): boolean {
  const { kind } = placeOf(view, domain);
  return kind === "own" || kind === "office";
}
