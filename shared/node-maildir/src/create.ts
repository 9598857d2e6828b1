// Promise held: once this resolves, the maildir survives a power cut. Each directory is synced into its parent before
// anything is made inside it, so a crash in between leaves nothing that looks finished and is not.
import { dirname } from "node:path";
import { type Box, type Folder, folderPath } from "./box.ts";
import { isMissing } from "./durable.ts";
import { errnoOf } from "./errors.ts";
import { syncTogether } from "./sync-together.ts";

const FOLDERS: readonly Folder[] = ["tmp", "new", "cur"];

/** maildirmake's umask 077: mail is private. */
const DIRECTORY_MODE = 0o700;

/** Makes the maildir and its missing parents. Safe to repeat and to run twice at once. */
export async function createMaildir(box: Box): Promise<void> {
  await ensureDirectory(box, box.path);
  for (const folder of FOLDERS) await makeOrFind(box, folderPath(box, folder));
  await syncTogether(box.fs, box.path);
}

/** Whether `tmp`, `new` and `cur` are there; three status calls and no write. */
export async function isMaildir(box: Box): Promise<boolean> {
  const found = await Promise.all(FOLDERS.map((folder) => isDirectory(box, folderPath(box, folder))));
  return found.every(Boolean);
}

async function ensureDirectory(box: Box, path: string): Promise<void> {
  const parent = dirname(path);
  if (await isDirectory(box, path)) return await syncIfReadable(box, parent);
  if (parent !== path) await ensureDirectory(box, parent);
  await makeOrFind(box, path);
  await syncTogether(box.fs, parent);
}

// The first directory that exists may be the work of a run that died before syncing it. It may also stand in one
// that we may pass but not read, such as /home: then somebody else made it.
async function syncIfReadable(box: Box, path: string): Promise<void> {
  try {
    await syncTogether(box.fs, path);
  } catch (error) {
    if (errnoOf(error) !== "EACCES") throw error;
  }
}

async function makeOrFind(box: Box, path: string): Promise<void> {
  // Asked first: an mkdir that fails costs more than the answer, and a hub has thousands of queues.
  if (await isDirectory(box, path)) return;
  try {
    await box.fs.mkdir(path, { mode: DIRECTORY_MODE });
  } catch (error) {
    // On a read-only disk mkdir of an existing directory may answer EROFS; the directory is what counts.
    if (!(await isDirectory(box, path))) throw explain(error, path);
  }
}

async function isDirectory(box: Box, path: string): Promise<boolean> {
  try {
    return (await box.fs.stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function explain(error: unknown, path: string): unknown {
  if (errnoOf(error) !== "EEXIST") return error;
  return new Error(`Cannot make the directory ${path}: a file of that name is there; move it away`, { cause: error });
}
