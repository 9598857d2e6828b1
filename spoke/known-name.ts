/** What the hub's list of names says of an address (pure). */
import { spanInWords } from "#shared/cli/words.js";
import type { KnownName } from "#shared/link/names-update.js";
import { MAX_LOCAL } from "#shared/mail/address.js";

/** The list that this office holds. */
export interface HeldNames {
  readonly version: number;
  /** When headquarters made it, ms since 1970. */
  readonly at: number;
  readonly ageMs: number;
  get(name: string): KnownName | undefined;
}

/**
 * The name that answers for `local@domain`: itself, or what stands before an extension. `omid+travel` and `omid-travel`
 * are omid's, as far as an office can know: in doubt the hub decides. `@domain` and `sales-*@domain` answer for all that they match.
 *
 * @param local in the form of `addressKey`
 */
export function knownName(names: HeldNames, local: string, domain: string): KnownName | undefined {
  const ownPeople = hasOwnPeople(names, domain);
  for (const name of possibleNames(local)) {
    const known = (ownPeople ? undefined : names.get(name)) ?? names.get(`${name}@${domain}`);
    if (known !== undefined) return known;
  }
  for (const pattern of patterns(local, domain)) {
    const known = names.get(pattern);
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Whether the domain has people of its own, whose names are all in the list, with it. */
export function hasOwnPeople(names: HeldNames, domain: string): boolean {
  return names.get(`*@${domain}`) !== undefined;
}

/** Everything in the domain, then local parts that begin or end like this one. */
function* patterns(local: string, domain: string): Generator<string> {
  yield `@${domain}`;
  if (local.length > MAX_LOCAL) return;
  for (let at = local.length - 1; at > 0; at -= 1) {
    yield `${local.slice(0, at)}*@${domain}`;
    yield `*${local.slice(at)}@${domain}`;
  }
}

/** The whole local part, then what stands before each sign that begins an extension, the longest first. */
function possibleNames(local: string): string[] {
  const ends = [...local.matchAll(/[+-]/g)].map(({ index }) => index).filter((end) => end > 0);
  // No name is longer: an address of a thousand signs asks the database no thousand times.
  const names = ends.filter((end) => end <= MAX_LOCAL).map((end) => local.slice(0, end));
  return [local, ...names.reverse()];
}

/** `version 12 of 2026-11-27, 3 d old`. */
export function listInWords({ version, at, ageMs }: Pick<HeldNames, "version" | "at" | "ageMs">): string {
  return `version ${version} of ${dayOf(at)}, ${spanInWords(Math.max(0, ageMs))} old`;
}

/** Who it is, in an address book. */
export function ownerInWords({ name, fullName, office }: KnownName): string {
  const who = fullName === undefined ? name : `${name} (${fullName})`;
  return office === undefined ? who : `${who} at ${office}`;
}

/** What a sender is told. It has the age, because a person who is newer than the list is refused as well. */
export function unknownInWords(names: HeldNames, address: string): string {
  const age = spanInWords(Math.max(0, names.ageMs));
  return `There is no "${address}" in headquarters' list of names of ${dayOf(names.at)} (${age} old): check the spelling; somebody newer can be written to after the next window`;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
