import { AliasesRefused, saveAliases } from "#spoke/directory/save-aliases.js";
import { spokeView } from "#spoke/node.js";
import { type FileAlias, type FileProblem, parseAliasFile } from "./alias-file.ts";
import type { Office } from "./open-office.ts";

export interface Imported {
  /** How many aliases were set; 0 when there were problems that were not to be skipped. */
  readonly saved: number;
  /** In order of lines. */
  readonly problems: readonly FileProblem[];
}

/** All aliases of a file in one transaction; the old ones serve until it is complete. */
export function importAliases(office: Office, bytes: Uint8Array, skipBad: boolean): Imported {
  const file = parseAliasFile(bytes);
  const problems = [...file.problems];
  let left = file.aliases;
  if (problems.length > 0 && !skipBad) return { saved: 0, problems };
  // Leaving one out may leave another without its target, so it is tried again; each round has fewer.
  for (;;) {
    const found = trySave(office, left);
    problems.push(...found);
    const inOrder = problems.toSorted((a, b) => a.line - b.line);
    if (found.length === 0) return { saved: left.length, problems: inOrder };
    if (!skipBad) return { saved: 0, problems: inOrder };
    const bad = new Set(found.map(({ line }) => line));
    left = left.filter((alias) => !bad.has(alias.line));
  }
}

function trySave({ config, directory }: Office, aliases: readonly FileAlias[]): FileProblem[] {
  try {
    // A line says nothing of owners: those stay.
    const kept = aliases.map(({ name, targets }) => ({ ...directory.aliases.get(name), name, targets }));
    saveAliases(directory, spokeView(config, directory, Date.now), kept, Date.now());
    return [];
  } catch (error) {
    if (!(error instanceof AliasesRefused)) throw error;
    const lines = new Map(aliases.map((alias) => [alias.name, alias.line]));
    return error.problems.map(({ name, text }) => ({ line: lines.get(name) ?? 0, text }));
  }
}
