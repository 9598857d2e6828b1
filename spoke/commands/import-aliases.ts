import { type Imported, importLines, type LineProblem } from "#shared/cli/alias-import.js";
import { AliasesRefused, saveAliases } from "#spoke/directory/save-aliases.js";
import { spokeView } from "#spoke/node.js";
import { type FileAlias, parseAliasFile } from "./alias-file.ts";
import type { Office } from "./open-office.ts";

/** All aliases of a file in one transaction; the old ones serve until it is complete. */
export function importAliases(office: Office, bytes: Uint8Array, skipBad: boolean): Imported {
  return importLines(parseAliasFile(bytes), skipBad, (aliases) => trySave(office, aliases));
}

function trySave({ config, directory }: Office, aliases: readonly FileAlias[]): LineProblem[] {
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
