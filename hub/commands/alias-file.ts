import type { Alias, NewAlias } from "#hub/directory/aliases.js";
import { aliasNameProblem } from "#hub/directory/names.js";
import { targetProblem } from "#hub/routing/alias-target.js";
import { addressKey } from "#shared/mail/address.js";

/** Plain alias files: `name: target, target`, one a line; `#` begins a comment line, a line that begins with a space goes on. */

/** A circle of a thousand members fits; what is longer is no alias file. */
const MAX_LINE = 100_000;

export interface FileAlias extends NewAlias {
  /** Where it begins, counted from 1. */
  readonly line: number;
}

export interface FileProblem {
  readonly line: number;
  readonly text: string;
}

export function parseAliasFile(text: string): { aliases: FileAlias[]; problems: FileProblem[] } {
  const aliases = new Map<string, FileAlias>();
  const problems: FileProblem[] = [];
  for (const { line, text: entry } of entries(text)) {
    const read = parseEntry(entry, line);
    if ("problem" in read) problems.push({ line, text: read.problem });
    else {
      const first = aliases.get(read.name);
      if (first === undefined) aliases.set(read.name, read);
      else problems.push({ line, text: `${read.name} is already in line ${first.line}` });
    }
  }
  return { aliases: [...aliases.values()], problems };
}

/** The same form; owners, which this form cannot say, stand as comments. */
export function formatAliasFile(aliases: readonly Alias[]): string {
  return aliases
    .map(
      ({ name, targets, owner }) =>
        `${owner === undefined ? "" : `# owner of ${name}: ${owner}\n`}${name}: ${targets.join(", ")}\n`,
    )
    .join("");
}

/** Lines with their continuations, without comments and empty ones. */
function entries(text: string): FileProblem[] {
  const found: { line: number; text: string }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const last = found.at(-1);
    if (line.trim() === "" || line.startsWith("#")) continue;
    if (/^[ \t]/.test(line) && last !== undefined) last.text += ` ${line.trim()}`;
    else found.push({ line: index + 1, text: line.trim() });
  }
  return found;
}

function parseEntry(entry: string, line: number): FileAlias | { problem: string } {
  if (entry.length > MAX_LINE) return { problem: `longer than ${MAX_LINE} characters` };
  const colon = entry.indexOf(":");
  if (colon < 1) return { problem: "wanted NAME: TARGET, TARGET" };
  const name = addressKey(entry.slice(0, colon).trim());
  const targets = entry
    .slice(colon + 1)
    .split(",")
    .map((target) => target.trim())
    .filter((target) => target !== "");
  const problem = aliasNameProblem(name) ?? (targets.length === 0 ? `${name} has no target` : undefined);
  if (problem !== undefined) return { problem };
  for (const target of targets) {
    const wrong = targetProblem(target);
    if (wrong !== undefined) return { problem: `target ${JSON.stringify(target)} of ${name}: ${wrong}` };
  }
  return { name, targets, line };
}
