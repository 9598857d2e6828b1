// Promise held: the entry's name always shows one whole version, the old or the new. A crash leaves either of them,
// and perhaps a file in tmp/.
import { type Box, entryPath, folderPath } from "./box.ts";
import { type Chunks, discard, isMissing } from "./durable.ts";
import { findEntry } from "./list.ts";
import type { MaildirEntry } from "./names.ts";
import { missing } from "./open-message.ts";
import { syncTogether } from "./sync-together.ts";
import { letGo, writeTmpFile } from "./tmp-file.ts";

/** Write `tmp/`, sync, close, rename over, sync the directory. */
export async function replaceMessage(box: Box, entry: MaildirEntry, chunks: Chunks): Promise<void> {
  const tmpPath = await writeTmpFile(box, box.uniqueName(), chunks);
  let target: MaildirEntry;
  try {
    target = await whereItIs(box, entry);
    await box.fs.rename(tmpPath, entryPath(box, target));
  } catch (error) {
    await discard(box.fs, tmpPath);
    throw error;
  } finally {
    letGo(box.fs, tmpPath);
  }
  await syncTogether(box.fs, folderPath(box, target.folder));
}

// rename() makes a target that is not there: without this look, a message that a reader has just moved to cur/ would
// come back to new/ as a second copy, and one that was removed would rise again.
async function whereItIs(box: Box, entry: MaildirEntry): Promise<MaildirEntry> {
  try {
    await box.fs.lstat(entryPath(box, entry));
    return entry;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const moved = await findEntry(box, entry.unique);
  if (moved === undefined) throw missing(box, entry, "replace");
  return moved;
}
