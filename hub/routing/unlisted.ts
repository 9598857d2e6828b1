import { addressKey, canonicalDomain } from "#shared/mail/address.js";
import { type Found, refused } from "./decision.ts";
import { LAST_RESORT } from "./roles.ts";
import type { RoutedPattern } from "./route-table.ts";
import { note, type Walk } from "./walk.ts";

/** Why the route's list of names does not have this recipient; undefined: it has, or the route has no list. */
export function unlisted(
  walk: Walk,
  { pattern, check }: RoutedPattern,
  local: string,
  domain: string,
): Found | undefined {
  if (check !== "list") return undefined;
  const recipient = `${local}@${domain}`;
  const name = addressKey(local);
  // RFC 5321 §4.5.1: every domain has a postmaster, whether or not somebody wrote it down.
  if (name === LAST_RESORT || walk.view.isListed(pattern, spellings(name, canonicalDomain(domain)))) {
    note(walk, "list", pattern, `${name} is on its list`);
    return undefined;
  }
  note(walk, "list", pattern, `${name} is not on its list of names`);
  return refused(recipient, "5.1.1", `no such person: ${recipient}`);
}

/** As a list may have it: with the domain, without, and without what follows a `+`, which is nobody's own name. */
function spellings(name: string, domain: string): string[] {
  const plus = name.indexOf("+");
  const names = plus > 0 ? [name, name.slice(0, plus)] : [name];
  return names.flatMap((one) => [one, `${one}@${domain}`]);
}
