import { deferred, type Found, refused, type Step, seenBefore, to, together } from "./decision.ts";
import type { OwnName } from "./home-choice.ts";
import { type AtHome, chooseAtHome, hiddenAtHome, recordOf } from "./home-choice.ts";
import { LAST_RESORT, ROLES } from "./roles.ts";
import type { FoundRoute } from "./route-table.ts";
import type { DirectoryView, RoutedPerson } from "./view.ts";

/** One recipient being followed. */
export interface Walk {
  readonly view: DirectoryView;
  readonly relay: boolean;
  /** Aliases being followed right now, with their level: meeting one again is a cycle. */
  readonly open: Map<string, number>;
  /** Aliases followed to their end: meeting one again adds nothing. */
  readonly closed: Set<string>;
  readonly steps: Step[];
  /** Follows a target, which may be anywhere. */
  readonly follow: (walk: Walk, address: string, depth: number) => Found;
  /** Follows a route for a recipient that it has matched. */
  readonly followRoute: (walk: Walk, route: FoundRoute, local: string, domain: string, depth: number) => Found;
  /** Targets met so far. */
  targets: number;
}

/** Aliases within aliases: deeper is a mistake of somebody's, and each level multiplies the work of one RCPT. */
export const MAX_DEPTH = 10;
/** Targets that one recipient may meet on the way, above any staff list; it bounds memory and time of one RCPT. */
export const MAX_TARGETS = 10_000;

export function note(walk: Walk, rule: string, record: string, says: string): void {
  walk.steps.push({ rule, record, says });
}

/** What the directory says of a name in one of our own domains; else a role, or nobody. */
export function atHome(walk: Walk, own: OwnName, depth: number): Found {
  const choice = chooseAtHome(walk.view, own);
  const seen = choice?.kind === "alias" ? seenAlias(walk, choice.key) : undefined;
  if (seen !== undefined) return seen;
  const found = choice === undefined ? undefined : take(walk, choice, own, depth);
  if (ROLES.includes(own.name) && (found === undefined || found.destinations.length === 0))
    return toRole(walk, own, depth);
  if (found !== undefined) return found;
  note(walk, "unknown", own.name, "no person, alias, route or role of that name");
  const exact = `${own.name}@${own.domain}`;
  return refused(exact, "5.1.1", `no such person: ${exact}`);
}

function take(walk: Walk, choice: AtHome, own: OwnName, depth: number): Found {
  if (depth === 0)
    for (const { rule, record } of hiddenAtHome(walk.view, own, choice))
      note(walk, "hidden", record, `${rule} of that name is not asked: ${choice.kind} ${recordOf(choice)} comes first`);
  switch (choice.kind) {
    case "alias":
      return expand(walk, choice.key, `${own.name}@${own.domain}`, depth);
    case "route":
      return walk.followRoute(walk, choice.route, own.name, own.domain, depth);
    case "person":
      if (choice.extension !== undefined)
        note(walk, "extension", own.name, `${choice.person.name} with the extension ${choice.extension}`);
      return toPerson(walk, choice.person);
    case "leaver":
      return afterLeaver(walk, choice, own, depth);
    default:
      return choice satisfies never;
  }
}

/** One forward, while the record says so; then nobody of that name is here. */
function afterLeaver(walk: Walk, leaver: AtHome & { kind: "leaver" }, own: OwnName, depth: number): Found {
  const exact = `${own.name}@${own.domain}`;
  const { forward, notice } = leaver;
  if (forward === undefined || depth >= MAX_DEPTH) {
    note(walk, "leaver", leaver.name, "has left the organisation");
    return refused(exact, "5.1.6", notice ?? `${exact} has left the organisation`);
  }
  note(walk, "leaver", leaver.name, `has left the organisation: mail goes on to ${forward}`);
  return walk.follow(walk, forward, depth + 1);
}

function seenAlias(walk: Walk, alias: string): Found | undefined {
  if (walk.closed.has(alias)) return seenBefore(-1);
  const level = walk.open.get(alias);
  return level === undefined ? undefined : seenBefore(level);
}

export function toPerson({ view, steps }: Walk, person: RoutedPerson): Found {
  const say = (says: string) => steps.push({ rule: "person", record: person.name, says });
  const address = `${person.name}@${view.domain}`;
  if (person.suspended) {
    say("suspended: takes no mail");
    return refused(address, "5.2.1", `the mailbox of ${address} is suspended`);
  }
  if (person.office === view.hubOffice) {
    say(`posted at ${person.office}, where the hub stands: mailbox here`);
    return to({ kind: "mailbox", name: person.name, recipient: address });
  }
  const office = view.office(person.office);
  if (office === undefined) {
    say(`posted at ${person.office}, which is not in the directory`);
    return deferred(address, "4.3.5", `the office of ${address} is not in the directory`);
  }
  say(`posted at ${office.name}: queue of ${office.name}${office.paused ? " (paused: it waits)" : ""}`);
  return to({ kind: "office", name: office.name, recipient: `${person.name}@${office.host}` });
}

/** postmaster is answered whatever the directory says (RFC 5321 §4.5.1); the other roles follow it. */
function toRole(walk: Walk, own: OwnName, depth: number): Found {
  if (own.name !== LAST_RESORT) {
    note(walk, "role", own.name, `leads to nobody of its own: goes to ${LAST_RESORT}`);
    const found = atHome(walk, { ...own, name: LAST_RESORT }, depth);
    if (found.destinations.length > 0 || found.backTo === -1) return found;
  }
  note(walk, "role", LAST_RESORT, "mailbox of the hub itself");
  return to({ kind: "mailbox", name: LAST_RESORT, recipient: `${LAST_RESORT}@${walk.view.domain}` });
}

function expand(walk: Walk, alias: string, address: string, depth: number): Found {
  const targets = walk.view.alias(alias) ?? [];
  note(walk, "alias", alias, `stands for ${targets.join(", ")}`);
  walk.targets += targets.length;
  if (depth >= MAX_DEPTH || walk.targets > MAX_TARGETS) {
    note(
      walk,
      "alias",
      alias,
      depth >= MAX_DEPTH ? `more than ${MAX_DEPTH} levels deep` : `more than ${MAX_TARGETS} targets`,
    );
    return deferred(address, "4.3.5", `the alias ${alias} leads too far: ask the postmaster`);
  }
  walk.open.set(alias, depth);
  const found = owned(walk, alias, together(targets.map((target) => walk.follow(walk, target, depth + 1))));
  walk.open.delete(alias);
  walk.closed.add(alias);
  const answeredElsewhere = found.backTo !== undefined && found.backTo < depth;
  if (found.destinations.length > 0 || found.problems.length > 0 || answeredElsewhere) return found;
  note(walk, "alias", alias, "leads only to itself");
  return deferred(address, "4.3.5", `the alias ${alias} leads only to itself: ask the postmaster`);
}

/** What a list forwards comes from its owner, so that its bounces go there; of nested lists from the innermost one's. */
function owned(walk: Walk, alias: string, found: Found): Found {
  const owner = walk.view.ownerOf(alias);
  if (owner === undefined) return found;
  const sender = owner.includes("@") ? owner : `${owner}@${walk.view.domain}`;
  note(walk, "owner", alias, `what it forwards comes from ${sender}`);
  return { ...found, destinations: found.destinations.map((one) => ({ sender, ...one })) };
}
