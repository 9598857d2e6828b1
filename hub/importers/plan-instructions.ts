import type { Account } from "#shared/qmail/accounts.js";
import { dotQmailName, type Instruction } from "#shared/qmail/dot-qmail.js";
import { type Problem, place, told } from "#shared/qmail/lines.js";
import type { HubDraft } from "./change.ts";
import type { Ground } from "./ground.ts";
import { targetsOf } from "./targets.ts";

/**
 * What the dot-qmail files in a person's home become: her instructions, one record for each file.
 *
 * @returns the extensions that have one
 */
export function planInstructions(
  person: string,
  account: Account,
  ground: Ground,
  draft: HubDraft,
): ReadonlySet<string> {
  const planned = new Set<string>();
  for (const [fileName, { file, instructions, problems }] of account.files) {
    const means = dotQmailName(fileName);
    if (means === undefined || ground.used.has(file)) continue;
    draft.tell(problems);
    const { name, wildcard } = means;
    const extension = wildcard ? (name === "" ? "default" : `${name}-default`) : name;
    const local = wildcard ? undefined : name === "" ? person : `${person}-${name}`;
    const read = instructions.map((one) => ({ one, to: linesOf(one, local, account, ground) }));
    draft.tell(read.flatMap(({ to }) => ("weight" in to ? [to] : [])));
    const good = read.flatMap(({ one, to }) => ("weight" in to ? [] : [{ one, to }]));
    const lines = good.flatMap(({ to }) => to);
    const [first] = instructions;
    // The mailbox alone is what is done anyway; of an empty file too, but an extension must be named to be answered.
    const plain = lines.every((line) => line === MAILBOX) && good.length === read.length;
    if (extension === "" && plain) {
      for (const { one } of read) draft.carry(one, `the mailbox of ${person}, as it is anyway`);
      continue;
    }
    if (lines.length === 0 && read.length > 0) continue;
    const at = first === undefined ? { file, line: 1, text: "" } : place(first);
    const text = lines.length === 0 ? MAILBOX : lines.join("\n");
    const what = extension === "" ? person : `${person}-${extension}`;
    const says = `instructions for ${what}: ${text.split("\n").join(", ")}`;
    draft.carry(at, says, { kind: "instructions", person, extension, text });
    planned.add(extension);
    for (const { one } of good) if (one.line !== at.line) draft.carry(one, `an instruction for ${what} too`);
  }
  return planned;
}

const MAILBOX = "./";

/** @param local that the file answers for; undefined when it answers for many */
function linesOf(
  one: Instruction,
  local: string | undefined,
  account: Account,
  ground: Ground,
): readonly string[] | Problem {
  const { does } = one;
  if (does.kind === "maildir" || does.kind === "file") {
    // Her own mailbox, whatever it was called.
    if (does.path.startsWith("./") || does.path.startsWith(`${account.home}/`)) return [MAILBOX];
    return told(one, `the file "${does.path}"`, "leave it out, or make a mailbox and read it from there");
  }
  return targetsOf(one, does, ground, local === undefined ? undefined : { local, user: account.user });
}
