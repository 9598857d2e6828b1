import { AliasesRefused, saveAliases } from "#hub/directory/save-aliases.js";
import { type FileAlias, parseAliasFile } from "#hub/importers/alias-file.js";
import { type Imported, importLines, type LineProblem } from "#shared/cli/alias-import.js";
import type { Hub } from "./open-hub.ts";

/** All aliases of a file in one transaction; the old ones serve until it is complete. */
export function importAliases(hub: Hub, bytes: Uint8Array, skipBad: boolean): Imported {
  return importLines(parseAliasFile(bytes, hub.view.programs), skipBad, (aliases) => trySave(hub, aliases));
}

function trySave(hub: Hub, aliases: readonly FileAlias[]): LineProblem[] {
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
