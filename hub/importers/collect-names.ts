import { ALIAS_USER, type DotQmailFile } from "#shared/qmail/accounts.js";
import type { AliasRecord, AliasTarget } from "#shared/qmail/alias-text.js";
import { dotQmailName, type Instruction } from "#shared/qmail/dot-qmail.js";
import { type Line, noted, type Problem, place, told } from "#shared/qmail/lines.js";
import type { QmailTree } from "./plan.ts";

export interface NamedRecord extends AliasRecord {
  /** It comes from a dot-qmail file, where `LIST-owner` owns a list; in the alias file `owner-LIST` does. */
  readonly dotQmail: boolean;
  /** Where each target stands. */
  readonly places: readonly Line[];
}

export interface NamedAccount {
  readonly at: Line;
  readonly name: string;
  /** Of the home folder. */
  readonly user: string;
}

export interface CollectedNames {
  readonly records: readonly NamedRecord[];
  /** Addresses of real accounts. */
  readonly accounts: readonly NamedAccount[];
  readonly problems: readonly Problem[];
}

/**
 * One record for each name. Where several sources have it, the one that qmail asks first counts.
 *
 * @param used dot-qmail files that mean something else
 */
export function collectNames(tree: QmailTree, used: ReadonlySet<string>): CollectedNames {
  const problems: Problem[] = [...(tree.assign?.problems ?? []), ...(tree.aliases?.problems ?? [])];
  const accounts = accountsOf(tree, used, problems);
  const taken = new Map<string, Line>(accounts.map(({ at, name }) => [name, at]));
  const dotQmail = [...(aliasAccount(tree)?.files ?? [])]
    .filter(([, { file }]) => !used.has(file))
    .flatMap(([name, file]) => dotQmailAlias(name, file, problems));
  const text = (tree.aliases?.records ?? []).map((record) => ({
    ...record,
    dotQmail: false,
    places: record.targets.map(() => place(record)),
  }));
  const records: NamedRecord[] = [];
  for (const record of [...dotQmail, ...text]) {
    if ("unfinished" in record && record.unfinished === true) {
      problems.push(
        noted(
          record,
          "the last line has no line end: newaliases dropped it, here it counts",
          "end the file with a line end",
        ),
      );
    }
    const before = taken.get(record.name);
    if (before === undefined) {
      taken.set(record.name, record);
      records.push(record);
    } else
      problems.push(
        told(record, `${record.name} is already in ${where(before)}, which counts`, "take one of them out"),
      );
  }
  return { records, accounts, problems };
}

function where({ file, line }: Line): string {
  return `${file}:${line}`;
}

function aliasAccount(tree: QmailTree) {
  return tree.accounts.find(({ user }) => user === ALIAS_USER);
}

/** Lines for whole accounts become people; the others point into somebody's home, where nothing here looks. */
function accountsOf(tree: QmailTree, used: ReadonlySet<string>, problems: Problem[]): NamedAccount[] {
  const busy = tree.accounts.filter(({ files }) => [...files.values()].some(({ file }) => used.has(file)));
  return (tree.assign?.records ?? []).flatMap((one) => {
    if (busy.some(({ user }) => user === one.user && user !== ALIAS_USER)) {
      problems.push(noted(one, "the account of the office queues", "nothing to do"));
      return [];
    }
    if (one.kind === "exact" && one.user !== ALIAS_USER && one.dash === "" && one.ext === "")
      return [{ at: place(one), name: one.local, user: one.user }];
    if (one.kind === "exact") {
      const file = `${one.home}/.qmail${one.dash}${one.ext}`;
      problems.push(
        told(
          one,
          `it is controlled by ${file}`,
          `\`qrelay hub alias set ${one.local} TARGET\` for what that file says`,
        ),
      );
    } else if (one.local === "" && one.user === ALIAS_USER) {
      problems.push(noted(one, "all other names are the alias account's: so they are here", "nothing to do"));
    } else {
      problems.push(
        told(
          one,
          `every name that begins with "${one.local}", which only a virtual domain uses here`,
          "name the addresses that are wanted",
        ),
      );
    }
    return [];
  });
}

/** A dot-qmail file of the alias account that answers for one name is an alias. */
function dotQmailAlias(fileName: string, dotQmail: DotQmailFile, problems: Problem[]): NamedRecord[] {
  const { file, instructions } = dotQmail;
  problems.push(...dotQmail.problems);
  const means = dotQmailName(fileName);
  const [first] = instructions;
  const at = first === undefined ? { file, line: 1, text: "" } : place(first);
  if (means === undefined) return [];
  if (means.wildcard) {
    problems.push(...instructions.map((one) => wildcardProblem(one, means.name)));
    if (first === undefined)
      problems.push(told(at, "the mailbox of the alias account", "name the addresses that are wanted"));
    return [];
  }
  if (means.name === "" || first === undefined) {
    const name = means.name === "" ? ALIAS_USER : means.name;
    problems.push(
      told(at, `${name} goes to the mailbox of the alias account`, `\`qrelay hub person add ${name} --office OFFICE\``),
    );
    return [];
  }
  const targets = instructions.map(
    ({ does }): AliasTarget => (does.kind === "maildir" ? { ...does, kind: "file" } : does),
  );
  return [{ ...at, name: means.name, targets, dotQmail: true, places: instructions.map(place) }];
}

function wildcardProblem(one: Instruction, name: string): Problem {
  if (one.does.kind === "program" && /\bfastforward\b/.test(one.does.command))
    return noted(one, "fastforward: the aliases it looks up are imported from their own file", "nothing to do");
  if (name.endsWith("-owner"))
    return noted(
      one,
      `an address for each bounce of ${name.slice(0, -"-owner".length)}; its owner gets them all`,
      "nothing to do",
    );
  const what = name === "" ? "every name that has no line of its own" : `every name that begins with "${name}-"`;
  return told(one, `${what}: a catch-all, which the directory cannot hold`, "name the addresses that are wanted");
}
