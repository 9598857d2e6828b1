import { type Box, filePath, folderPath } from "./box.ts";
import { isMissing } from "./durable.ts";
import { assertPlainName, compareEntries, entryOf, type MaildirEntry } from "./names.ts";

/**
 * All messages by name alone, oldest first. No status call: 100,000 files take one directory read each for `new`
 * and `cur`.
 */
export async function listEntries(box: Box): Promise<MaildirEntry[]> {
  const entries = new Map<string, MaildirEntry>();
  // new/ before cur/: a message moved meanwhile is then seen twice, never missed, and the map makes it one.
  for (const folder of ["new", "cur"] as const) {
    for (const entry of await readFolder(box, folder)) entries.set(entry.unique, entry);
  }
  return [...entries.values()].sort(compareEntries);
}

/** The message whose name has this unique part, wherever a reader has put it and whatever flags it has. */
export async function findEntry(box: Box, unique: string): Promise<MaildirEntry | undefined> {
  assertPlainName(unique);
  if (await isThere(box, unique)) return entryOf(unique, "new");
  // cur/ twice: a reader that sets a flag during the first look can move the name past it, and "not found" would let
  // the caller take a message for gone that is still there. new/ once more: some programs put flags there.
  for (const folder of ["cur", "new", "cur"] as const) {
    const found = await findInFolder(box, folder, unique);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The same in one folder, one look. */
export async function findInFolder(box: Box, folder: "new" | "cur", unique: string): Promise<MaildirEntry | undefined> {
  const entries = await readFolder(box, folder);
  return entries.find((entry) => entry.unique === unique);
}

async function isThere(box: Box, unique: string): Promise<boolean> {
  try {
    await box.fs.lstat(filePath(box, "new", unique));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function readFolder(box: Box, folder: "new" | "cur"): Promise<MaildirEntry[]> {
  const names = await box.fs.readdir(folderPath(box, folder));
  return names.filter((name) => !name.startsWith(".")).map((name) => entryOf(name, folder));
}
