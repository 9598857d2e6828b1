import { stat, unlink } from "node:fs/promises";
import type { Memory } from "./memory.ts";

/**
 * What rows still `accepting` mean after a crash. A tmp file that is there was never renamed: nobody was promised
 * it, so it goes and the row is forgotten. One that is not there was renamed, for the row was written only after
 * the tmp name was durable: the message counts as accepted, and the sender's repeat is answered so.
 *
 * Run it only while holding the lock of whoever accepts from the link.
 * @returns rows undone
 */
export async function recoverMemory(memory: Memory): Promise<number> {
  const rowsOf = new Map<string, { mailId: string; recipients: string[] }>();
  for (const { mailId, recipient, tmpPath } of memory.unfinished()) {
    const rows = rowsOf.get(tmpPath) ?? { mailId, recipients: [] };
    rows.recipients.push(recipient);
    rowsOf.set(tmpPath, rows);
  }
  let undone = 0;
  for (const [tmpPath, { mailId, recipients }] of rowsOf) {
    if (await removed(tmpPath)) {
      memory.undo(mailId, recipients);
      undone += recipients.length;
    } else {
      memory.accepted(mailId, recipients, `ok ${mailId}`);
    }
  }
  return undone;
}

/**
 * Takes away a tmp file that never became visible. One with a second name was killed between link and unlink:
 * its other name stands in new/, so it counts as accepted (the sweep removes the first name one day).
 */
async function removed(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).nlink > 1) return false;
    await unlink(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
