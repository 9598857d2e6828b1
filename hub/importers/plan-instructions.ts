import { splitAddress } from "#shared/mail/address.js";
import type { Account } from "#shared/qmail/accounts.js";
import { completeAddress } from "#shared/qmail/complete-address.js";
import { dotQmailName, type Instruction } from "#shared/qmail/dot-qmail.js";
import { type Problem, place, told } from "#shared/qmail/lines.js";
import type { PlanDraft } from "./draft-plan.ts";
import type { Ground } from "./plan.ts";

/** What the dot-qmail files in a person's home become: her instructions, one record for each file. */
export function planInstructions(person: string, account: Account, ground: Ground, draft: PlanDraft): void {
  for (const [fileName, { file, instructions, problems }] of account.files) {
    const means = dotQmailName(fileName);
    if (means === undefined || ground.used.has(file)) continue;
    draft.tell(problems);
    const { name, wildcard } = means;
    const extension = wildcard ? (name === "" ? "default" : `${name}-default`) : name;
    const read = instructions.map((one) => ({ one, ...lineOf(one, account, ground) }));
    draft.tell(read.flatMap(({ problem }) => (problem === undefined ? [] : [problem])));
    const lines = read.flatMap(({ line }) => (line === undefined ? [] : [line]));
    const [first] = instructions;
    // The mailbox alone is what is done anyway; of an empty file too, but an extension must be named to be answered.
    const plain = lines.every((line) => line === MAILBOX) && lines.length === read.length;
    if (extension === "" && plain) {
      for (const { one } of read) draft.carry(one, `the mailbox of ${person}, as it is anyway`);
      continue;
    }
    if (lines.length === 0 && read.length > 0) continue;
    const at = first === undefined ? { file, line: 1, text: "" } : place(first);
    const text = lines.length === 0 ? MAILBOX : lines.join("\n");
    const what = extension === "" ? person : `${person}-${extension}`;
    draft.carry(at, `instructions for ${what}: ${text.split("\n").join(", ")}`, {
      kind: "instructions",
      person,
      extension,
      text,
    });
    for (const { one, line } of read)
      if (line !== undefined && one.line !== at.line) draft.carry(one, `an instruction for ${what} too`);
  }
}

const MAILBOX = "./";

function lineOf(one: Instruction, { home }: Account, ground: Ground): { line?: string; problem?: Problem } {
  const { does } = one;
  switch (does.kind) {
    case "address": {
      const full = completeAddress(does.address, ground.names);
      const { local, domain } = splitAddress(full);
      const bare = !does.address.includes("@") && ground.placeOf(domain).kind === "own";
      return { line: bare ? local : full };
    }
    case "maildir":
    case "file":
      // Her own mailbox, whatever it was called.
      if (does.path.startsWith("./") || does.path.startsWith(`${home}/`)) return { line: MAILBOX };
      return {
        problem: told(one, `the file "${does.path}"`, "leave it out, or make a mailbox and read it from there"),
      };
    case "program":
      if (ground.view.programs) return { line: `|${does.command}` };
      return {
        problem: told(one, `the program "${does.command}"`, "set programs.allow in hub.toml first, then import again"),
      };
    default:
      return { problem: told(one, "not carried over", "name the addresses that are wanted") };
  }
}
