import { open } from "node:fs/promises";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { targetProblem } from "#shared/mail/target.js";
import { readAliasText, type TextAlias } from "#shared/qmail/alias-text.js";
import type { OfficeAlias } from "#spoke/directory/aliases.js";
import { aliasNameProblem } from "#spoke/directory/save-aliases.js";

/** Alias files of an office: `name: target, target`, one a line, in newaliases' syntax, as headquarters' own. */
export interface FileAlias extends Pick<OfficeAlias, "name" | "targets"> {
  /** Where it begins, counted from 1. */
  readonly line: number;
}

export interface FileProblem {
  readonly line: number;
  readonly text: string;
}

export function parseAliasFile(bytes: Uint8Array): { aliases: FileAlias[]; problems: FileProblem[] } {
  const read = readAliasText({ file: "", bytes });
  const aliases = new Map<string, FileAlias>();
  const problems: FileProblem[] = read.problems.map(({ line, says }) => ({ line, text: says }));
  for (const record of read.records) {
    const { name, line } = record;
    const first = aliases.get(name);
    const targets = addressesOf(record);
    const twice = first === undefined ? undefined : `${name} is already in line ${first.line}`;
    if (typeof targets === "string" || twice !== undefined) problems.push({ line, text: twice ?? String(targets) });
    else aliases.set(name, { name, targets, line });
  }
  return { aliases: [...aliases.values()], problems: problems.sort((a, b) => a.line - b.line) };
}

/** The targets, or what is wrong with the line. */
function addressesOf({ name, targets, colon }: TextAlias): string[] | string {
  if (!colon) return "wanted NAME: TARGET, TARGET";
  const problem = aliasNameProblem(name);
  if (problem !== undefined) return `${name}: ${problem}`;
  const addresses: string[] = [];
  for (const target of targets) {
    if (target.kind !== "address") return `${name}: programs, files and includes are no targets in an office`;
    const wrong = targetProblem(target.address);
    if (wrong !== undefined) return `target ${JSON.stringify(target.address)} of ${name}: ${wrong}`;
    addresses.push(target.address);
  }
  return addresses;
}

/** The same form; owners, which this form cannot say, stand as comments. */
export function formatAliasFile(aliases: readonly OfficeAlias[]): string {
  return aliases
    .map(({ name, targets, owner }) => {
      const said = owner === undefined ? "" : `# owner of ${name}: ${owner}\n`;
      return `${said}${name}: ${targets.join(", ")}\n`;
    })
    .join("");
}

/** A thousand aliases of twenty people are half of it. */
const MAX_FILE = 1_000_000;

/** Failure 65 when it cannot be read, or is longer than any office's aliases. */
export async function readAliasFile(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file);
    const chunks: Buffer[] = [];
    let size = 0;
    // Not by its size alone: a pipe has none.
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      size += chunk.length;
      if (size > MAX_FILE) throw new Error(`it is longer than ${MAX_FILE} bytes, which is all that is read`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(EXIT.badData, `Cannot import ${file}: ${why}`, { cause });
  }
}
