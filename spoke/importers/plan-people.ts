import type { Account } from "#shared/qmail/accounts.js";
import { ALIAS_USER } from "#shared/qmail/accounts.js";
import { completeAddress } from "#shared/qmail/complete-address.js";
import { dotQmailName, type Instruction } from "#shared/qmail/dot-qmail.js";
import { forwardedBy, isTemplate } from "#shared/qmail/forward-command.js";
import { type Line, noted, type Problem, place, told } from "#shared/qmail/lines.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { Assignment } from "#shared/qmail/users-assign.js";
import type { SpokeDraft } from "./change.ts";
import type { OfficeGround } from "./office-ground.ts";

/** The Maildir of somebody who has a mailbox here as well. */
export interface OldMailbox {
  readonly at: Line;
  readonly name: string;
  readonly maildir: string;
}

export interface PlannedPeople {
  /** Accounts that are people. */
  readonly users: ReadonlySet<string>;
  readonly mailboxes: readonly OldMailbox[];
}

/** Accounts with mail of their own are people, and headquarters says who is posted here. */
export function planPeople(tree: QmailTree, ground: OfficeGround, draft: SpokeDraft): PlannedPeople {
  draft.tell(tree.assign?.problems ?? []);
  const users = new Set<string>();
  const mailboxes: OldMailbox[] = [];
  if (tree.assign === undefined && tree.me !== undefined) {
    const says = "absent: the machine's own accounts got mail, and nothing here names them";
    draft.tell([noted({ file: "users/assign", line: 0, text: "" }, says, "--passwd /etc/passwd tells who they are")]);
  }
  for (const one of tree.assign?.records ?? []) {
    const home = tree.accounts.find(({ user }) => user === one.user);
    const keepsQueue = home !== undefined && [...home.files.values()].some(({ file }) => ground.used.has(file));
    if (keepsQueue) draft.tell([noted(one, "the account of the outbound queue", "nothing to do")]);
    else if (one.kind === "exact" && one.user !== ALIAS_USER && one.dash + one.ext === "" && !users.has(one.user)) {
      users.add(one.user);
      planPerson(one, ground, draft);
      if (home !== undefined) planWishes(one.local, home, ground, draft);
      if (home?.maildir !== undefined) mailboxes.push({ at: place(one), name: one.local, maildir: home.maildir });
    } else planOther(one, users, draft);
  }
  return { users, mailboxes };
}

function planPerson(one: Assignment, ground: OfficeGround, draft: SpokeDraft): void {
  const { local: name, fullName } = one;
  const known = ground.person(name);
  if (known?.listed === true) {
    draft.carry(one, `${name}, whom headquarters lists here: the mailbox is in this office`);
    return;
  }
  const full = fullName === undefined ? [] : ["--full-name", fullName];
  const words = ["qrelay", "hub", "person", "add", name, "--office", ground.office, ...full];
  const standing = known === undefined ? "not known here yet" : "known in this office only";
  draft.carry(one, `${name}, a person of this office, ${standing}: headquarters says who is posted here`, {
    where: "hub",
    words,
  });
}

function planOther(one: Assignment, users: ReadonlySet<string>, draft: SpokeDraft): void {
  const { local, user } = one;
  if (user === ALIAS_USER && local === "")
    draft.tell([noted(one, "all other names are the alias account's: see its files", "nothing to do")]);
  else if (users.has(user) && local === `${user}-`) draft.carry(one, `what follows ${local} are ${user}'s extensions`);
  else {
    const which = one.kind === "exact" ? `the name ${local}` : `every name that begins with "${local}"`;
    const cure = `\`qrelay spoke alias set ${local} TARGET\` for each name that is wanted`;
    draft.tell([told(one, `${which} is the account ${user}'s`, cure)]);
  }
}

/** Her dot-qmail files: headquarters keeps instructions, and sends them with the list of people. */
function planWishes(name: string, home: Account, ground: OfficeGround, draft: SpokeDraft): void {
  for (const [fileName, { file, instructions, problems }] of home.files) {
    const means = dotQmailName(fileName);
    if (means === undefined || ground.used.has(file)) continue;
    draft.tell(problems);
    const extension = [means.name, means.wildcard ? "default" : ""].filter((part) => part !== "").join("-");
    const read = instructions.map((one) => ({ one, line: wishOf(one, home, ground) }));
    draft.tell(read.flatMap(({ line }) => (typeof line === "string" ? [] : [line])));
    const lines = read.flatMap(({ line }) => (typeof line === "string" ? [line] : []));
    if (extension === "" && lines.every((line) => line === MAILBOX) && lines.length === read.length) {
      for (const { one } of read) draft.carry(one, `the mailbox of ${name}, as it is anyway`);
      continue;
    }
    if (lines.length === 0 && read.length > 0) continue;
    const at = instructions[0] ?? { file, line: 1, text: "" };
    const options = extension === "" ? [] : ["--extension", extension];
    const wishes = lines.length === 0 ? [MAILBOX] : lines;
    const words = ["qrelay", "hub", "instructions", "set", name, ...options, ...wishes];
    draft.carry(at, `instructions of ${name}, which headquarters keeps`, { where: "hub", words });
    for (const { one, line } of read)
      if (typeof line === "string" && one.line !== at.line) draft.carry(one, `an instruction of ${name} too`);
  }
}

const MAILBOX = "./";

function wishOf(one: Instruction, { home }: Account, ground: OfficeGround): string | Problem {
  const { does } = one;
  switch (does.kind) {
    case "address":
      return completeAddress(does.address, ground.names);
    case "maildir":
    case "file":
      if (does.path.startsWith("./") || does.path.startsWith(`${home}/`)) return MAILBOX;
      return told(one, `the file "${does.path}"`, "leave it out, or make a mailbox and read it from there");
    case "program": {
      const [only, ...more] = forwardedBy(does.command) ?? [];
      if (only !== undefined && more.length === 0 && !isTemplate(only)) return completeAddress(only, ground.names);
      const cure = "at headquarters `qrelay hub instructions set`, where programs.allow is set";
      return told(one, `the program "${does.command}": programs run at headquarters only`, cure);
    }
    default:
      return told(one, "not carried over", "name the addresses that are wanted");
  }
}
