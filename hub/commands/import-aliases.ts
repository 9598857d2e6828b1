import { AliasesRefused, saveAliases } from "#hub/directory/save-aliases.js";
import { type FileAlias, type FileProblem, parseAliasFile } from "#hub/importers/alias-file.js";
import type { Hub } from "./open-hub.ts";

export interface Imported {
  /** How many aliases were set; 0 when there were problems that were not to be skipped. */
  readonly saved: number;
  /** In order of lines. */
  readonly problems: readonly FileProblem[];
}

/** All aliases of a file in one transaction; the old ones serve until it is complete. */
export function importAliases(hub: Hub, bytes: Uint8Array, skipBad: boolean): Imported {
  const file = parseAliasFile(bytes, hub.view.programs);
  const problems = [...file.problems];
  let left = file.aliases;
  if (problems.length > 0 && !skipBad) return { saved: 0, problems };
  // Leaving one out may leave another without its target, so it is tried again; each round has fewer.
  for (;;) {
    const found = trySave(hub, left);
    problems.push(...found);
    if (found.length === 0) return { saved: left.length, problems: inOrder(problems) };
    if (!skipBad) return { saved: 0, problems: inOrder(problems) };
    const bad = new Set(found.map(({ line }) => line));
    left = left.filter((alias) => !bad.has(alias.line));
  }
}

function inOrder(problems: readonly FileProblem[]): FileProblem[] {
  return problems.toSorted((a, b) => a.line - b.line);
}

function trySave(hub: Hub, aliases: readonly FileAlias[]): FileProblem[] {
  try {
    // A line says nothing of owners and of who may write: those stay.
    const kept = aliases.map((alias) => ({ ...hub.directory.aliases.asList(alias.name), ...alias }));
    saveAliases(hub.directory, hub.view, kept);
    return [];
  } catch (error) {
    if (!(error instanceof AliasesRefused)) throw error;
    const lines = new Map(aliases.map((alias) => [alias.name, alias.line]));
    return error.problems.map(({ name, text }) => ({ line: lines.get(name) ?? 0, text }));
  }
}
