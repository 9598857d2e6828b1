import { deferred, type Found, type ProgramRun, refused, to, together } from "./decision.ts";
import { followInstructions } from "./follow-instructions.ts";
import { type AtHome, chooseAtHome, hiddenAtHome, type OwnName, recordOf } from "./home-choice.ts";
import { includePath, isInclude } from "./include-target.ts";
import { listAddress, mayPost, type Posters } from "./posting.ts";
import { LAST_RESORT, ROLES } from "./roles.ts";
import { fallbackOf } from "./route-table.ts";
import { toApproval } from "./to-approval.ts";
import { followInclude, type IncludedPart, partAtHome } from "./to-include.ts";
import { toPerson } from "./to-person.ts";
import { programOf, toProgram } from "./to-program.ts";
import { MAX_DEPTH, note, seenAlready, tooFar, type Walk } from "./walk.ts";

/** What the directory says of a name in a domain of ours; else a role, or nobody. */
export function atHome(walk: Walk, own: OwnName, depth: number): Found {
  const part = partAtHome(walk.view, own);
  if (part !== undefined) return toPart(walk, part, depth);
  const approval = toApproval(walk, own);
  if (approval !== undefined) return approval;
  const choice = chooseAtHome(walk.view, own);
  const seen = choice?.kind === "alias" ? seenAlready(walk, choice.key) : undefined;
  if (seen !== undefined) return seen;
  const found = choice === undefined ? undefined : take(walk, choice, own, depth);
  if (ROLES.includes(own.name) && (found === undefined || found.destinations.length === 0))
    return toRole(walk, own, depth);
  if (found !== undefined) return found;
  const fallback = fallbackOf(walk.view, own.domain);
  if (fallback !== undefined) {
    note(walk, "fallback", own.domain, "nobody has that name here: the route of the domain decides");
    return walk.followRoute(walk, { ...fallback, rest: own.local }, own.local, own.domain, depth);
  }
  note(walk, "unknown", own.name, "no person, alias, route or role of that name");
  const exact = `${own.name}@${own.domain}`;
  return refused(exact, "5.1.1", `no such person: ${exact}`);
}

function take(walk: Walk, choice: AtHome, own: OwnName, depth: number): Found {
  if (depth === 0 && walk.hidden)
    for (const { rule, record } of hiddenAtHome(walk.view, own, choice))
      note(walk, "hidden", record, `${rule} of that name is not asked: ${choice.kind} ${recordOf(choice)} comes first`);
  switch (choice.kind) {
    case "alias":
      return toAlias(walk, choice.key, own, depth);
    case "route":
      return walk.followRoute(walk, choice.route, own.local, own.domain, depth);
    case "person":
      if (choice.extension !== undefined)
        note(walk, "extension", own.name, `${choice.person.name} with the extension ${choice.extension}`);
      return choice.instructions === undefined || choice.person.suspended
        ? toPerson(walk, choice.person)
        : followInstructions(walk, choice, choice.instructions, own, depth);
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

/** postmaster is answered whatever the directory says (RFC 5321 §4.5.1); the other roles follow it. */
function toRole(walk: Walk, own: OwnName, depth: number): Found {
  if (walk.view.hasOwnPeople(own.domain)) {
    note(walk, "role", own.name, `nobody of ${own.domain} answers it: the organisation's does`);
    return atHome(walk, { ...own, domain: walk.view.domain }, depth);
  }
  if (own.name !== LAST_RESORT) {
    note(walk, "role", own.name, `leads to nobody of its own: goes to ${LAST_RESORT}`);
    const found = atHome(walk, { ...own, name: LAST_RESORT, local: LAST_RESORT }, depth);
    if (found.destinations.length > 0 || found.backTo === -1) return found;
  }
  note(walk, "role", LAST_RESORT, "mailbox of the hub itself");
  return to({ kind: "mailbox", name: LAST_RESORT, recipient: `${LAST_RESORT}@${walk.view.domain}` });
}

function toAlias(walk: Walk, alias: string, own: OwnName, depth: number): Found {
  return toList(walk, alias, own, depth, () => expand(walk, alias, own, depth));
}

/** Who could not be reached with the others. */
function toPart(walk: Walk, { alias, own, paths }: IncludedPart, depth: number): Found {
  note(walk, "part", alias, `only what ${paths.join(", ")} holds`);
  const members = (): Found => together(paths.map((path) => followInclude(walk, own, path, depth)));
  // Perhaps written to by way of another list, which asks nobody; a stranger who invents such an address is asked.
  return toList(walk, alias, own, walk.sorted ? depth + 1 : depth, members);
}

function toList(walk: Walk, alias: string, own: OwnName, depth: number, members: () => Found): Found {
  const { owner, post, moderate = false } = walk.view.list(alias) ?? {};
  const who = post ?? (moderate ? "owner" : undefined);
  const barred = depth > 0 || who === undefined ? undefined : barredPost(walk, alias, who, moderate, own);
  if (barred !== undefined) return barred;
  const found = members();
  return owner === undefined ? found : owned(walk, alias, owner, found);
}

/** Only the list that was written to is asked: one list may be a member of another. */
function barredPost(walk: Walk, alias: string, who: Posters, moderate: boolean, own: OwnName): Found | undefined {
  if (walk.sender === undefined || mayPost(walk.view, alias, who, walk.sender)) {
    note(walk, "post", alias, `only ${POSTER_WORDS[who]} may write to it`);
    return undefined;
  }
  const exact = `${own.name}@${own.domain}`;
  note(walk, "post", alias, `only ${POSTER_WORDS[who]} may write to it, not ${walk.sender || "a bounce"}`);
  if (moderate) {
    note(walk, "held", alias, "held for the owner's approval");
    // As it was written to: `announce` of one domain may be another list than that of the next.
    return to({ kind: "held", name: alias, recipient: exact });
  }
  return refused(exact, "5.7.1", `only ${POSTER_WORDS[who]} may write to ${exact}`);
}

const POSTER_WORDS = {
  members: "its members and its owner",
  organisation: "people of the organisation",
  owner: "its owner",
} as const;

function expand(walk: Walk, alias: string, own: OwnName, depth: number): Found {
  const address = `${own.name}@${own.domain}`;
  const targets = walk.view.alias(alias) ?? [];
  note(walk, "alias", alias, `stands for ${targets.join(", ")}`);
  const far = tooFar(walk, "alias", alias, targets.filter((target) => !isInclude(target)).length, depth);
  if (far !== undefined) return deferred(address, "4.3.5", `the alias ${alias} leads ${far}`);
  const follow = (): Found[] =>
    targets.map((target) => {
      const path = includePath(target);
      if (path !== undefined) return followInclude(walk, own, path, depth);
      return target.startsWith("|")
        ? toProgram(walk, alias, address, runOf(target), targets.length > 1)
        : walk.follow(walk, target, depth + 1);
    });
  const circular = (): Found => {
    note(walk, "alias", alias, "leads only to itself");
    return deferred(address, "4.3.5", `the alias ${alias} leads only to itself: ask the postmaster`);
  };
  return walk.circles.follow(alias, () => together(follow()), circular);
}

function runOf(target: string): ProgramRun {
  return { instructions: [programOf(target)], extension: "", rest: "" };
}

/** What a list forwards comes from its owner, so that its bounces go there; of nested lists from the innermost one's. */
function owned(walk: Walk, alias: string, owner: string, found: Found): Found {
  const sender = owner.includes("@") ? owner : `${owner}@${walk.view.domain}`;
  note(walk, "owner", alias, `what it forwards comes from ${sender}`);
  const list = listAddress(walk.view, alias);
  return {
    ...found,
    destinations: found.destinations.map((one) => ({ sender, list, ...one })),
    problems: found.problems.map((one) => ({ sender, ...one })),
  };
}
