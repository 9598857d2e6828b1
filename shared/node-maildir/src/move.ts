// Promise held: once this resolves the message is in the other maildir, after a power cut too. A crash before leaves it in one of
// them, never in neither: the new name is durable before the old one's going is.
import { type Box, entryPath, filePath, folderPath } from "./box.ts";
import { isMissing } from "./durable.ts";
import { findEntry } from "./list.ts";
import type { MaildirEntry } from "./names.ts";
import { syncTogether } from "./sync-together.ts";

/**
 * Moves a message with its name and flags to another maildir on the same disk, following it once when a reader has renamed it. False
 * when it has vanished.
 */
export async function moveMessage(box: Box, entry: MaildirEntry, to: Box): Promise<boolean> {
  const moved = (await renameIfThere(box, entry, to)) ? entry : await findEntry(box, entry.unique);
  if (moved === undefined || (moved !== entry && !(await renameIfThere(box, moved, to)))) return false;
  await syncTogether(to.fs, folderPath(to, moved.folder));
  await syncTogether(box.fs, folderPath(box, moved.folder));
  return true;
}

async function renameIfThere(box: Box, entry: MaildirEntry, to: Box): Promise<boolean> {
  try {
    await box.fs.rename(entryPath(box, entry), filePath(to, entry.folder, entry.name));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
