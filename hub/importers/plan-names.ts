import { aliasNameProblem, personNameProblem } from "#hub/directory/names.js";
import { LAST_RESORT, ROLES } from "#hub/routing/roles.js";
import { addressKey, splitAddress } from "#shared/mail/address.js";
import { storedTarget, targetProblem } from "#shared/mail/target.js";
import type { AliasTarget } from "#shared/qmail/alias-text.js";
import { completeAddress } from "#shared/qmail/complete-address.js";
import { bad, type Line, noted, type Problem, place, told } from "#shared/qmail/lines.js";
import { collectNames, type NamedRecord } from "./collect-names.ts";
import type { PlanDraft } from "./draft-plan.ts";
import type { Ground, QmailTree } from "./plan.ts";
import { planInstructions } from "./plan-instructions.ts";

/** People and aliases: accounts of users/assign, dot-qmail files of the alias account, the alias file. */
export function planNames(tree: QmailTree, ground: Ground, draft: PlanDraft): void {
  const { records, accounts, problems } = collectNames(tree, ground.used);
  draft.tell(problems);
  for (const { at, name, user } of accounts) {
    if (!planAccount(at, name, ground, draft)) continue;
    const home = tree.accounts.find((one) => one.user === user);
    if (home !== undefined) planInstructions(name, home, ground, draft);
  }
  const owners = new Map(records.filter(({ targets }) => targets.some(isAddress)).map((one) => [one.name, one]));
  for (const record of records) planRecord(record, owners, ground, draft);
}

/** Records that lead to somebody, by name. */
type Owners = ReadonlyMap<string, NamedRecord>;

/** A real account gets its mail at headquarters. @returns whether it becomes a person */
function planAccount(at: Line, name: string, { view }: Ground, draft: PlanDraft): boolean {
  const problem = personNameProblem(name);
  if (problem !== undefined) draft.tell([told(at, problem, `\`qrelay hub alias set ${name} TARGET\``)]);
  else draft.carry(at, `${name}, a person at ${view.hubOffice}`, { kind: "person", name, office: view.hubOffice });
  return problem === undefined;
}

function planRecord(record: NamedRecord, owners: Owners, ground: Ground, draft: PlanDraft): void {
  const wrong = nameProblem(record, ground);
  if (wrong !== undefined) {
    draft.tell([wrong]);
    return;
  }
  const { name } = record;
  const read = record.targets.map((target, index) => {
    const at = record.places[index] ?? record;
    return { at, ...targetOf(at, target, ground) };
  });
  draft.tell(read.flatMap(({ problem }) => (problem === undefined ? [] : [problem])));
  const good = read.flatMap(({ at, address }) => (address === undefined ? [] : [{ at, address }]));
  const [first] = good;
  if (first === undefined) return;
  const office = read.length === 1 ? postedAt(name, first.address, ground) : undefined;
  if (office !== undefined) {
    draft.carry(first.at, `${name}, a person at ${office}`, { kind: "person", name, office });
    return;
  }
  const targets = [...new Set(good.map(({ address }) => address))];
  const owner = ownerOf(record, owners, ground);
  const says = `alias ${name}: ${targets.join(", ")}${owner === undefined ? "" : `; owner ${owner}`}`;
  draft.carry(first.at, says, { kind: "alias", name, targets, ...(owner === undefined ? {} : { owner }) });
  for (const { at } of good.filter((one) => one.at.line !== first.at.line)) draft.carry(at, `a target of ${name} too`);
  tellStrays(record, targets, ground, draft);
}

function nameProblem(record: NamedRecord, ground: Ground): Problem | undefined {
  const { name } = record;
  const wrong = aliasNameProblem(name);
  if (wrong !== undefined) return bad(record, wrong, "take the line out, or choose another name");
  const { domain } = splitAddress(name);
  const place = domain === "" ? undefined : ground.placeOf(domain);
  if (place?.kind === "office") {
    return told(record, `${domain} is an office: its names are its own affair`, `write the alias there`);
  }
  if (place?.kind === "elsewhere") {
    return told(
      record,
      `${domain} is not ours`,
      `\`qrelay hub domain add ${domain}\` first if it is, then import again`,
    );
  }
  if (name === LAST_RESORT && ground.view.person(LAST_RESORT) !== undefined) {
    const cure = "make the hub with `qrelay hub init --postmaster ADDRESS` for another";
    return told(record, `${LAST_RESORT} has a mailbox of this hub, which stays`, cure);
  }
  return undefined;
}

/** The target as the directory stores it, or why it cannot. */
function targetOf(record: Line, target: AliasTarget, ground: Ground): { address?: string; problem?: Problem } {
  if (target.kind === "program" && ground.view.programs) return { address: `|${target.command}` };
  if (target.kind !== "address") return { problem: notHeld(record, target) };
  const full = completeAddress(target.address, ground.names);
  const { local, domain } = splitAddress(full);
  const wrong = targetProblem(full);
  if (wrong !== undefined) {
    return { problem: bad(record, `target ${JSON.stringify(target.address)}: ${wrong}`, "write a plain address") };
  }
  // What qmail completed with its own name is a name in our own domains.
  const bare = !target.address.includes("@") && ground.placeOf(domain).kind === "own";
  return { address: storedTarget(bare ? local : full) };
}

function notHeld(record: Line, target: Exclude<AliasTarget, { kind: "address" }>): Problem {
  const cure = "leave it out, or make a mailbox and read it from there";
  if (target.kind === "program")
    return told(record, `the program "${target.command}"`, "set programs.allow in hub.toml first, then import again");
  if (target.kind === "include") {
    return told(record, `the include "${target.path}"`, "`qrelay hub alias set NAME` with the addresses in that file");
  }
  if (target.kind === "file") return told(record, `the file "${target.path}", which no alias here writes`, cure);
  return told(record, `|"${target.command}": newaliases misreads it, and qmail lost this mail`, cure);
}

/** The office, when the alias only says where somebody is: `alexy: alexy@ankara.example.org`. */
function postedAt(name: string, target: string, ground: Ground): string | undefined {
  const { local, domain } = splitAddress(target);
  if (name.includes("@") || ROLES.includes(name) || addressKey(local) !== name || domain === "") return undefined;
  if (domain === ground.view.hubHost) return ground.view.hubOffice;
  const place = ground.placeOf(domain);
  return place.kind === "office" ? place.office.name : undefined;
}

/** `owner-LIST`, newaliases' way, or what the source says itself. */
function ownerOf(record: NamedRecord, owners: Owners, ground: Ground): string | undefined {
  const given = record.owner;
  if (given !== undefined) {
    const full = completeAddress(given, ground.names);
    const { local, domain } = splitAddress(full);
    return storedTarget(ground.placeOf(domain).kind === "own" ? local : full);
  }
  return [`owner-${record.name}`, `${record.name}-owner`].find(
    (name) => owners.get(name)?.dotQmail === name.endsWith("-owner"),
  );
}

function isAddress({ kind }: AliasTarget): boolean {
  return kind === "address";
}

/** A host below our own domain that is no office: its line is missing, or the place has been given up. */
function tellStrays(record: Line, targets: readonly string[], ground: Ground, draft: PlanDraft): void {
  for (const target of targets) {
    const { domain } = splitAddress(target);
    if (!domain.endsWith(`.${ground.view.domain}`) || ground.placeOf(domain).kind !== "elsewhere") continue;
    const cure = `\`qrelay hub office add NAME --host ${domain}\` first, then import again`;
    draft.tell([noted(place(record), `${domain} is no office: mail for ${target} goes to the Internet`, cure)]);
  }
}
