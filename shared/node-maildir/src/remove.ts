// Promise held: once this resolves the message stays gone after a power cut. A crash before leaves it there or not.
import { type Box, entryPath, folderPath } from "./box.ts";
import { isMissing } from "./durable.ts";
import { findEntry } from "./list.ts";
import type { MaildirEntry } from "./names.ts";
import { syncTogether } from "./sync-together.ts";

/** Removes a message, following it once when a reader has renamed it. One that has vanished is no error. */
export async function removeMessage(box: Box, entry: MaildirEntry): Promise<void> {
  const target = (await unlinkIfThere(box, entry)) ? entry : await findEntry(box, entry.unique);
  if (target !== undefined && target !== entry) await unlinkIfThere(box, target);
  // Also when it had vanished: a twin call may have unlinked it and not have synced yet.
  await syncTogether(box.fs, folderPath(box, target?.folder ?? entry.folder));
}

async function unlinkIfThere(box: Box, entry: MaildirEntry): Promise<boolean> {
  try {
    await box.fs.unlink(entryPath(box, entry));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
