import { personNameProblem } from "#hub/directory/names.js";
import { findInstructions } from "#shared/mail/instructions.js";
import { ALIAS_USER } from "#shared/qmail/accounts.js";
import { answersOf } from "#shared/qmail/answers.js";
import { type Line, noted, place, told } from "#shared/qmail/lines.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { Assignment } from "#shared/qmail/users-assign.js";
import type { HubDraft } from "./change.ts";
import { domainsOf, type Ground } from "./ground.ts";
import { planInstructions } from "./plan-instructions.ts";

/** Accounts that have become people. */
export interface PlannedPeople {
  readonly users: ReadonlySet<string>;
  readonly names: ReadonlyMap<string, Line>;
}

/** users/assign, and the machine's accounts: people, with their instructions, and other names for them. */
export function planAccounts(tree: QmailTree, ground: Ground, draft: HubDraft): PlannedPeople {
  const assignments = tree.assign?.records ?? [];
  draft.tell(tree.assign?.problems ?? []);
  if (tree.assign === undefined && tree.me !== undefined) {
    const says = "absent: the machine's own accounts got mail, and nothing here names them";
    draft.tell([noted({ file: "users/assign", line: 0, text: "" }, says, "--passwd /etc/passwd makes people of them")]);
  }
  const people = peopleOf(assignments);
  const busy = new Set(
    tree.accounts
      .filter(({ user, files }) => user !== ALIAS_USER && [...files.values()].some(({ file }) => ground.used.has(file)))
      .map(({ user }) => user),
  );
  const names = new Map<string, Line>();
  const extensions = new Map<string, ReadonlySet<string>>();
  for (const [user, one] of people) {
    if (busy.has(user)) continue;
    names.set(one.local, one);
    extensions.set(user, planPerson(one, tree, ground, draft));
  }
  for (const one of assignments) {
    const person = people.get(one.user);
    if (busy.has(one.user)) draft.tell([noted(one, "the account of office queues, or of a domain", "nothing to do")]);
    else if (person === undefined) planAssignment(one, tree, draft);
    else if (person !== one)
      planOtherName(one, { name: person.local, extensions: extensions.get(one.user) ?? NONE }, tree, ground, draft);
  }
  return { users: new Set(extensions.keys()), names };
}

const NONE: ReadonlySet<string> = new Set();

/** One line for each user: that of the account itself, by its own name where there are several. */
function peopleOf(assignments: readonly Assignment[]): Map<string, Assignment> {
  const whole = assignments.filter(
    ({ kind, user, dash, ext }) => kind === "exact" && user !== ALIAS_USER && dash + ext === "",
  );
  const found = new Map<string, Assignment>();
  for (const one of [...whole.filter(({ local, user }) => local === user), ...whole])
    if (!found.has(one.user)) found.set(one.user, one);
  return found;
}

/** A real account gets its mail at headquarters. @returns the extensions that she has instructions for */
function planPerson(one: Assignment, tree: QmailTree, ground: Ground, draft: HubDraft): ReadonlySet<string> {
  const { local: name, fullName } = one;
  const office = ground.view.hubOffice;
  const problem = personNameProblem(name);
  if (problem !== undefined) {
    draft.tell([told(one, problem, `\`qrelay hub alias set ${name} TARGET\``)]);
    return NONE;
  }
  const named = fullName === undefined ? {} : { fullName };
  draft.carry(one, `${name}, a person at ${office}`, { kind: "person", name, office, ...named });
  const home = tree.accounts.find(({ user }) => user === one.user);
  if (home === undefined) return NONE;
  if (home.maildir !== undefined) {
    const at = { ...place(one), text: home.maildir };
    draft.tell([
      noted(at, `old mail stays in ${home.maildir}`, `copy it into the mailbox: \`qrelay hub person show ${name}\``),
    ]);
  }
  return planInstructions(name, home, ground, draft);
}

interface PlannedPerson {
  readonly name: string;
  readonly extensions: ReadonlySet<string>;
}

/** Further names of a person, and what begins with one of them. */
function planOtherName(
  one: Assignment,
  { name, extensions }: PlannedPerson,
  tree: QmailTree,
  ground: Ground,
  draft: HubDraft,
): void {
  const { local, kind, dash, ext, home } = one;
  const extended = dash === "-" ? `${name}-${ext}` : undefined;
  const target = dash + ext === "" ? name : extended;
  if (local === extended) draft.carry(one, `${name}'s extensions, as her files say`);
  else if (kind === "exact" && target !== undefined) {
    if (
      target !== name &&
      findInstructions(ext, (record) => (extensions.has(record) ? "./" : undefined)) === undefined
    ) {
      const says = `it is controlled by ${home}/.qmail${dash}${ext}, of which nothing is carried over`;
      draft.tell([told(one, says, `\`qrelay hub alias set ${local} TARGET\` for what it says`)]);
    } else draft.carry(one, `alias ${local}: ${target}`, { kind: "alias", name: local, targets: [target] });
  } else if (extended !== undefined && local !== "") {
    const destination = `to:${extended}{DEFAULT}@${ground.view.domain}`;
    for (const domain of domainsOf(tree, ground))
      ground.routes.add({ at: one, pattern: `${local}*@${domain}`, destination, accept: true });
    draft.carry(one, `route: mail for ${local}* goes to ${extended}{DEFAULT}`);
  } else {
    const which = local === "" ? "every name that nobody has" : `every name that begins with "${local}"`;
    draft.tell([told(one, `${which} is ${name}'s`, "`qrelay hub alias set NAME TARGET` for those that are wanted")]);
  }
}

/** Of an account that is nobody: its dot-qmail files speak for it. */
function planAssignment(one: Assignment, tree: QmailTree, draft: HubDraft): void {
  const { local, user, home, dash, ext } = one;
  if (local === "" && user === ALIAS_USER) {
    draft.tell([noted(one, "all other names are the alias account's: so they are here", "nothing to do")]);
    return;
  }
  const account = tree.accounts.find((each) => each.user === user);
  const answers = account === undefined ? [] : answersOf(account, [one]).filter((each) => each.local.startsWith(local));
  const files = answers.map(({ file }) => file.file);
  if (local !== "" && files.length > 0)
    draft.carry(one, `as its files say: ${[...new Set(files)].slice(0, 3).join(", ")}`);
  else {
    const says = `it is controlled by ${home}/.qmail${dash}${ext}, which was not found`;
    draft.tell([told(one, says, `say where it is: --home ${user}=FOLDER`)]);
  }
}
