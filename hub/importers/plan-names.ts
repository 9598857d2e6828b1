import { aliasNameProblem } from "#hub/directory/names.js";
import { LAST_RESORT, ROLES } from "#hub/routing/roles.js";
import { addressKey, splitAddress } from "#shared/mail/address.js";
import { storedTarget } from "#shared/mail/target.js";
import { ALIAS_USER } from "#shared/qmail/accounts.js";
import { completeAddress } from "#shared/qmail/complete-address.js";
import { bad, type Line, noted, type Problem, place, told } from "#shared/qmail/lines.js";
import { collectNames, covers, type NamedRecord, ownerOf, type WildcardRecord } from "#shared/qmail/named-records.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { HubDraft } from "./change.ts";
import { domainsOf, type Ground } from "./ground.ts";
import { planAccounts } from "./plan-accounts.ts";
import { planWildcard } from "./plan-wildcards.ts";
import { targetsOf } from "./targets.ts";

/** People, aliases and wildcards: accounts, dot-qmail files of accounts that are nobody, the alias file. */
export function planNames(tree: QmailTree, ground: Ground, draft: HubDraft): void {
  const people = planAccounts(tree, ground, draft);
  const { records, wildcards, problems } = collectNames(tree, people, ground.used);
  draft.tell(tree.aliases?.problems ?? []);
  draft.tell(problems);
  const named = new Map(records.map((one) => [one.name, one]));
  const domains = domainsOf(tree, ground);
  for (const record of records) planRecord(record, { named, wildcards, domains, ground }, draft);
  for (const wildcard of wildcards) planWildcard(wildcard, { ground, records, domains }, draft);
}

interface Around {
  readonly named: ReadonlyMap<string, NamedRecord>;
  readonly wildcards: readonly WildcardRecord[];
  readonly domains: readonly string[];
  readonly ground: Ground;
}

function planRecord(record: NamedRecord, around: Around, draft: HubDraft): void {
  const { ground } = around;
  const wrong = nameProblem(record, ground);
  if (wrong !== undefined) {
    draft.tell([wrong]);
    return;
  }
  const { name, user } = record;
  const parts = user === undefined ? undefined : { local: name, user };
  const read = record.targets.map((target, index) => {
    const at = record.places[index] ?? record;
    return { at, to: targetsOf(at, target, ground, parts) };
  });
  draft.tell(read.flatMap(({ to }) => ("weight" in to ? [to] : [])));
  const good = read.flatMap(({ at, to }) => ("weight" in to ? [] : [{ at, to }]));
  const [first] = good;
  if (first === undefined) return;
  const targets = [...new Set(good.flatMap(({ to }) => to))];
  const office = read.length === 1 && targets.length === 1 ? postedAt(name, targets[0] ?? "", ground) : undefined;
  if (office !== undefined) {
    draft.carry(first.at, `${name}, a person at ${office}`, { kind: "person", name, office });
    return;
  }
  const owner = ownerNameOf(record, around);
  const owned = owner === undefined ? {} : { owner };
  const names = namesFor(record, around);
  const says = `alias ${names.join(", ")}: ${targets.join(", ")}${owner === undefined ? "" : `; owner ${owner}`}`;
  draft.carry(first.at, says);
  for (const one of names) draft.change(first.at, { kind: "alias", name: one, targets, ...owned });
  for (const { at } of good.filter((one) => one.at.line !== first.at.line)) draft.carry(at, `a target of ${name} too`);
  tellStrays(record, targets, ground, draft);
}

/**
 * A route with a `*` comes before an alias without a host, and after one with it: a file of its own comes first in qmail.
 * In a virtual domain the name is there without what virtualdomains puts before it.
 */
function namesFor({ name, user }: NamedRecord, { wildcards, domains, ground }: Around): readonly string[] {
  const hidden = wildcards.some(({ begins }) => covers(begins, name));
  // The alias account has a name as well, by which qmail-getpw finds it.
  const local = user === ALIAS_USER ? `${ALIAS_USER}-${name}` : name;
  const virtual = user === undefined ? [] : ground.virtualNames.filter(({ begins }) => covers(begins, local));
  const here = hidden ? domains.map((domain) => `${name}@${domain}`) : [name];
  return [
    ...(virtual.some(({ only }) => only === true) ? [] : here),
    ...virtual.map(({ begins, host }) => `${local.slice(begins.length)}@${host}`),
  ];
}

function nameProblem(record: NamedRecord, ground: Ground): Problem | undefined {
  const { name } = record;
  const wrong = aliasNameProblem(name);
  // Editors leave dot-qmail files behind that are nobody's name; a line of the alias file somebody has written.
  if (wrong !== undefined)
    return (record.user === undefined ? bad : told)(record, wrong, "take it out, or choose another name");
  const { domain } = splitAddress(name);
  const where = domain === "" ? undefined : ground.placeOf(domain);
  if (where?.kind === "office") {
    return told(record, `${domain} is an office: its names are its own affair`, `write the alias there`);
  }
  if (where?.kind === "elsewhere") {
    const cure = `\`qrelay hub domain add ${domain}\` first if it is, then import again`;
    return told(record, `${domain} is not ours`, cure);
  }
  if (name === LAST_RESORT && ground.view.person(LAST_RESORT) !== undefined) {
    const cure = "make the hub with `qrelay hub init --postmaster ADDRESS` for another";
    return told(record, `${LAST_RESORT} has a mailbox of this hub, which stays`, cure);
  }
  return undefined;
}

/** The office, when the alias only says where somebody is: `alexy: alexy@ankara.example.org`. */
function postedAt(name: string, target: string, ground: Ground): string | undefined {
  const { local, domain } = splitAddress(target);
  if (name.includes("@") || ROLES.includes(name) || addressKey(local) !== name || domain === "") return undefined;
  if (domain === ground.view.hubHost) return ground.view.hubOffice;
  const where = ground.placeOf(domain);
  return where.kind === "office" ? where.office.name : undefined;
}

/** What the source says itself, or the record that has the owner's name. */
function ownerNameOf(record: NamedRecord, { named, ground }: Around): string | undefined {
  const given = record.owner;
  if (given === undefined) return ownerOf(record, named)?.name;
  const full = completeAddress(given, ground.names);
  const { local, domain } = splitAddress(full);
  return storedTarget(ground.placeOf(domain).kind === "own" ? local : full);
}

/** A host below our own domain that is no office: its line is missing, or the place has been given up. */
function tellStrays(record: Line, targets: readonly string[], ground: Ground, draft: HubDraft): void {
  for (const target of targets.filter((one) => !one.startsWith("|"))) {
    const { domain } = splitAddress(target);
    if (!domain.endsWith(`.${ground.view.domain}`) || ground.placeOf(domain).kind !== "elsewhere") continue;
    const cure = `\`qrelay hub office add NAME --host ${domain}\` first, then import again`;
    draft.tell([noted(place(record), `${domain} is no office: mail for ${target} goes to the Internet`, cure)]);
  }
}
