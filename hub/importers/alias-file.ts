import type { Alias, NewAlias } from "#hub/directory/aliases.js";
import { aliasNameProblem } from "#hub/directory/names.js";
import { includePathProblem, includeTarget } from "#hub/routing/include-target.js";
import { targetProblem } from "#shared/mail/target.js";
import { type AliasTarget, readAliasText, type TextAlias } from "#shared/qmail/alias-text.js";

/**
 * Alias files of our own: `name: target, target`, one a line, in newaliases' syntax. Stricter than newaliases: here
 * every line must be usable as it stands, because nobody reads a report of it.
 */
export interface FileAlias extends NewAlias {
  /** Where it begins, counted from 1. */
  readonly line: number;
}

export interface FileProblem {
  readonly line: number;
  readonly text: string;
}

/** @param programs whether a target may be one */
export function parseAliasFile(bytes: Uint8Array, programs = false): { aliases: FileAlias[]; problems: FileProblem[] } {
  const read = readAliasText({ file: "", bytes });
  const aliases = new Map<string, FileAlias>();
  const problems: FileProblem[] = read.problems.map(({ line, says }) => ({ line, text: says }));
  for (const record of read.records) {
    const { name, line } = record;
    const first = aliases.get(name);
    const problem =
      problemOf(record, programs) ?? (first === undefined ? undefined : `${name} is already in line ${first.line}`);
    if (problem === undefined) aliases.set(name, { name, targets: record.targets.map(written), line });
    else problems.push({ line, text: problem });
  }
  return { aliases: [...aliases.values()], problems: problems.sort((a, b) => a.line - b.line) };
}

/** The same form; owners and who may write, which this form cannot say, stand as comments. */
export function formatAliasFile(aliases: readonly Alias[]): string {
  const said = (what: string, name: string, value: string | undefined): string =>
    value === undefined ? "" : `# ${what} ${name}: ${value}\n`;
  return aliases
    .map(
      ({ name, targets, owner, post, moderate }) =>
        `${said("owner of", name, owner)}${said("who may write to", name, post)}${said("held for the owner of", name, moderate && "what others write")}${name}: ${targets.join(", ")}\n`,
    )
    .join("");
}

/** A header, one alias a line, its targets parted by blanks in one field. LF ends a line, as in all that is printed here. */
export function formatAliasCsv(aliases: readonly Alias[]): string {
  const rows = aliases.map(({ name, targets, owner = "", post = "", moderate = false }) => [
    ...[name, targets.join(" "), owner, post],
    moderate ? "yes" : "",
  ]);
  return [["name", "targets", "owner", "post", "moderate"], ...rows]
    .map((row) => `${row.map(csvField).join(",")}\n`)
    .join("");
}

function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function problemOf({ name, targets, colon }: TextAlias, programs: boolean): string | undefined {
  if (!colon) return "wanted NAME: TARGET, TARGET";
  const problem = aliasNameProblem(name);
  if (problem !== undefined) return problem;
  for (const one of targets.filter(({ kind }) => kind !== "program" || !programs)) {
    const target = written(one);
    const wrong = one.kind === "include" ? includePathProblem(one.path) : targetProblem(target);
    if (wrong !== undefined) return `target ${JSON.stringify(target)} of ${name}: ${wrong}`;
  }
  return undefined;
}

/** As the file has it, so that the directory's own rule says why a program or a file is none of its targets. */
function written(target: AliasTarget): string {
  switch (target.kind) {
    case "address":
      return target.address;
    case "include":
      return includeTarget(target.path);
    case "file":
      return target.path;
    case "program":
    case "misread":
      return `|${target.command}`;
    default:
      return target satisfies never;
  }
}
