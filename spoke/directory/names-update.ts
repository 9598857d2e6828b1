import { type NamesUpdate, namesChecksum } from "#shared/link/names-update.js";
import type { SpokeDirectory } from "./directory.ts";

/** What a list of names came to; `apart`: it builds on something that is not here. */
export type NamesChange = { readonly kind: "held"; readonly count: number } | { readonly kind: "apart" | "forgotten" };

/**
 * Takes over the hub's list of names, all or nothing. A change is tried on whatever is held: the checksum says whether
 * the outcome is right, also for one that comes twice, and for a hub whose directory is an older copy.
 */
export function applyNames(directory: SpokeDirectory, update: NamesUpdate): NamesChange {
  try {
    return directory.transaction(() => change(directory, update));
  } catch (error) {
    if (error instanceof VersionsApart) return { kind: "apart" };
    throw error;
  }
}

/** Thrown, because that is what takes the transaction back. */
class VersionsApart extends Error {}

function change({ names, settings }: SpokeDirectory, update: NamesUpdate): NamesChange {
  if (update.replica === "none") {
    names.clear();
    settings.forget("namesVersion");
    settings.forget("namesAt");
    return { kind: "forgotten" };
  }
  if (update.from === undefined) names.clear();
  // Without a list the changes alone would be one: of a few names, and all others refused.
  else if (settings.get("namesVersion") === undefined) throw new VersionsApart();
  for (const name of update.put) names.put(name);
  for (const name of update.removed) names.remove(name);
  if (namesChecksum(names.all()) !== update.sum) throw new VersionsApart();
  settings.set("namesVersion", update.version);
  settings.set("namesAt", update.at * 1000);
  return { kind: "held", count: names.count() };
}
