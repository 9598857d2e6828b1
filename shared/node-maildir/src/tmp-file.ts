// Holds no promise: a file in tmp/ is nobody's message. A crash leaves it there; sweep() takes it after OSSIFIED_MS.
import { constants } from "node:fs";
import { type Box, filePath } from "./box.ts";
import { type Chunks, discard, writeAll } from "./durable.ts";
import { errnoOf } from "./errors.ts";
import type { MaildirFs, MaildirHandle } from "./fs.ts";

/** Mail is private: the owner reads and writes, nobody else. */
const FILE_MODE = 0o600;

/** A name in tmp/ that is taken is a leftover or a twin delivery; a second random name clashing means a broken disk. */
const NAME_TRIES = 3;

// Files this process is writing or holding, of all its Maildir objects; sweep() never touches them.
const heldOfDisk = new WeakMap<MaildirFs, Set<string>>();

/**
 * Writes a whole file in `tmp/`, its bytes synced, its name not. Named `tmp/NAME`, or otherwise when that is taken.
 * On any error the file is removed and the error thrown.
 *
 * @returns its path, marked as held until {@link letGo}
 */
export async function writeTmpFile(box: Box, name: string, chunks: Chunks): Promise<string> {
  const { path, handle } = await openTmpFile(box, name);
  let open = true;
  try {
    await writeAll(handle, chunks);
    await handle.sync();
    open = false; // whatever close() answers, the descriptor is gone
    await handle.close();
  } catch (error) {
    // Final for this file: after a failed fsync the kernel may have dropped the pages, and a second one would lie.
    if (open) await closeQuietly(handle);
    await discard(box.fs, path);
    letGo(box.fs, path);
    throw error;
  }
  return path;
}

export function isHeld(fs: MaildirFs, path: string): boolean {
  return heldOfDisk.get(fs)?.has(path) ?? false;
}

/** The file has left `tmp/`, or is given up. */
export function letGo(fs: MaildirFs, path: string): void {
  heldOfDisk.get(fs)?.delete(path);
}

async function openTmpFile(box: Box, name: string): Promise<{ path: string; handle: MaildirHandle }> {
  for (let tries = 1; ; tries++) {
    const path = filePath(box, "tmp", tries === 1 ? name : box.uniqueName());
    const mine = hold(box.fs, path);
    try {
      const handle = await box.fs.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
      return { path, handle };
    } catch (error) {
      if (mine) letGo(box.fs, path); // else it belongs to a twin delivery of the same name, still at work
      if (errnoOf(error) !== "EEXIST" || tries === NAME_TRIES) throw error;
    }
  }
}

function hold(fs: MaildirFs, path: string): boolean {
  const held = heldOfDisk.get(fs) ?? new Set<string>();
  heldOfDisk.set(fs, held);
  const free = !held.has(path);
  held.add(path);
  return free;
}

async function closeQuietly(handle: MaildirHandle): Promise<void> {
  try {
    await handle.close();
  } catch {
    // The write or fsync error is already on its way to the caller and says more.
  }
}
