import { stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncDirectory } from "node-maildir";
import type { Memory } from "./memory.ts";
import { isUnderWay } from "./write-accepted.ts";

/** What recovery asks of the disk; tests give one in memory. */
export interface RecoveryDisk {
  /** Under how many names the file at `path` is known; 0 when it is not there. */
  names(path: string): Promise<number>;
  unlink(path: string): Promise<void>;
  /** Makes the names in a folder durable; one that is not there has none. */
  syncNames(folder: string): Promise<void>;
}

/**
 * What rows still `accepting` mean after a crash. A tmp file that is there under this name alone was never renamed:
 * nobody was promised it, so the row is forgotten and the file goes, in this order: without its file the row would
 * say "accepted". One that is not there was renamed, for the row was written only after the tmp name was durable:
 * the message counts as accepted, and the sender's repeat is answered so. The killed process may not have synced the
 * new name, so that is done before the row says it.
 *
 * Run it only while holding the lock of whoever accepts from the link.
 * @returns rows undone
 */
export async function recoverMemory(memory: Memory, disk: RecoveryDisk = realDisk): Promise<number> {
  const rowsOf = new Map<string, { mailId: string; recipients: string[] }>();
  for (const { mailId, recipient, tmpPath } of memory.unfinished()) {
    // A window may open while the sorter is in the middle of a report.
    if (isUnderWay(tmpPath)) continue;
    const rows = rowsOf.get(tmpPath) ?? { mailId, recipients: [] };
    rows.recipients.push(recipient);
    rowsOf.set(tmpPath, rows);
  }
  let undone = 0;
  for (const [tmpPath, { mailId, recipients }] of rowsOf) {
    // Two names: killed between link and unlink. The other one stands in new/; the sweep removes this one some day.
    if ((await disk.names(tmpPath)) === 1) {
      memory.undo(mailId, recipients);
      await disk.unlink(tmpPath);
      undone += recipients.length;
    } else {
      const maildir = dirname(dirname(tmpPath));
      for (const folder of ["new", "cur"]) await disk.syncNames(join(maildir, folder));
      memory.accepted(mailId, recipients, `ok ${mailId}`);
    }
  }
  return undone;
}

const realDisk: RecoveryDisk = {
  names: async (path) => (await unlessMissing(stat(path)))?.nlink ?? 0,
  unlink: (path) => unlink(path),
  syncNames: async (folder) => void (await unlessMissing(syncDirectory(folder))),
};

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
