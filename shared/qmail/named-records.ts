import type { Account } from "./accounts.ts";
import type { AliasRecord, AliasTarget } from "./alias-text.ts";
import { type Answer, answersOf } from "./answers.ts";
import type { Instruction } from "./dot-qmail.ts";
import { type Line, noted, type Problem, place, told } from "./lines.ts";
import type { QmailTree } from "./tree.ts";

/** A name, and what it leads to. */
export interface NamedRecord extends Omit<AliasRecord, "targets"> {
  readonly targets: readonly (AliasTarget | Instruction["does"])[];
  /** The account whose dot-qmail file it comes from; there `LIST-owner` owns a list, in the alias file `owner-LIST`. */
  readonly user?: string;
  /** Where each target stands. */
  readonly places: readonly Line[];
}

/** A dot-qmail file for all names that begin so and have none of their own. */
export interface WildcardRecord {
  readonly at: Line;
  /** Empty for every name. */
  readonly begins: string;
  readonly user: string;
  readonly instructions: readonly Instruction[];
}

export interface CollectedNames {
  readonly records: readonly NamedRecord[];
  readonly wildcards: readonly WildcardRecord[];
  readonly problems: readonly Problem[];
}

/**
 * One record for each name. Where several sources have it, the one that qmail asks first counts.
 *
 * @param people users whose files are their own instructions, and names that are theirs
 * @param used dot-qmail files that mean something else
 */
export function collectNames(
  tree: QmailTree,
  people: { readonly users: ReadonlySet<string>; readonly names: ReadonlyMap<string, Line> },
  used: ReadonlySet<string>,
): CollectedNames {
  const problems: Problem[] = [];
  const answers = tree.accounts
    .filter(({ user }) => !people.users.has(user))
    .flatMap((account) => answersWith(account, tree, used, problems));
  const wildcards = answers.filter(({ wildcard }) => wildcard).map(wildcardOf);
  const dotQmail = answers.filter(({ wildcard }) => !wildcard).flatMap((answer) => recordOf(answer, problems));
  const text = textRecords(tree, wildcards, problems);
  const taken = new Map(people.names);
  const records: NamedRecord[] = [];
  for (const record of [...dotQmail, ...text]) {
    const before = taken.get(record.name);
    if (before === undefined) {
      taken.set(record.name, record);
      records.push(record);
    } else {
      const says = `${record.name} is already in ${before.file}:${before.line}, which counts`;
      problems.push(told(record, says, "take one of them out"));
    }
  }
  return { records, wildcards, problems };
}

type OwnAnswer = Answer & { readonly user: string };

function answersWith(account: Account, tree: QmailTree, used: ReadonlySet<string>, problems: Problem[]): OwnAnswer[] {
  const answers = answersOf(account, tree.assign?.records ?? []).filter(({ file }) => !used.has(file.file));
  const asked = new Set(answers.map(({ file }) => file.file));
  for (const { file, problems: own } of account.files.values()) {
    if (used.has(file)) continue;
    problems.push(...own);
    if (!asked.has(file)) {
      const says = `no name leads to this file in the home of ${account.user}`;
      problems.push(told({ file, line: 1, text: "" }, says, "make an alias of it if it is wanted"));
    }
  }
  return answers.map((one) => ({ ...one, user: account.user }));
}

function beginOf({ file }: OwnAnswer): Line {
  const [first] = file.instructions;
  return first === undefined ? { file: file.file, line: 1, text: "" } : place(first);
}

function wildcardOf(answer: OwnAnswer): WildcardRecord {
  const { local, user, file } = answer;
  return { at: beginOf(answer), begins: local, user, instructions: file.instructions };
}

/** An empty file means the account's own mailbox. */
function recordOf(answer: OwnAnswer, problems: Problem[]): NamedRecord[] {
  const { local, user, file } = answer;
  const at = beginOf(answer);
  if (file.problems.some(({ weight }) => weight === "bad")) return [];
  if (file.instructions.length === 0) {
    const says = `${local} goes to the mailbox of the account ${user}`;
    problems.push(told(at, says, `make a person of it: \`qrelay hub person add ${local} --office OFFICE\``));
    return [];
  }
  const targets = file.instructions.map(({ does }) => does);
  return [{ ...at, name: local, targets, user, places: file.instructions.map(place) }];
}

/** The alias file is asked last: by `.qmail-default` of the alias account. */
function textRecords(tree: QmailTree, wildcards: readonly WildcardRecord[], problems: Problem[]): NamedRecord[] {
  return (tree.aliases?.records ?? []).flatMap((record) => {
    if ("unfinished" in record && record.unfinished) {
      const says = "the last line has no line end: newaliases dropped it, here it counts";
      problems.push(noted(record, says, "end the file with a line end"));
    }
    const first = wildcards.find(({ begins }) => covers(begins, record.name));
    if (first === undefined) return [{ ...record, places: record.targets.map(() => place(record)) }];
    const says = `qmail never came to it: ${first.at.file} answers for ${first.begins}… first`;
    problems.push(told(record, says, "take one of them out"));
    return [];
  });
}

/** The record that owns a list: `owner-LIST`, newaliases' way, or `LIST-owner`, dot-qmail's. */
export function ownerOf(record: NamedRecord, named: ReadonlyMap<string, NamedRecord>): NamedRecord | undefined {
  const dotQmail = record.user !== undefined;
  const name = dotQmail ? `${record.name}-owner` : `owner-${record.name}`;
  const found = named.get(name);
  const fits = found !== undefined && (found.user !== undefined) === dotQmail;
  return fits && found.targets.some(({ kind }) => kind === "address") ? found : undefined;
}

/** Names with a host are none that dot-qmail files know, and an empty beginning is for what is left. */
export function covers(begins: string, name: string): boolean {
  return begins !== "" && !name.includes("@") && name.startsWith(begins) && name.length > begins.length;
}
