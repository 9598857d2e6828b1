import { statfsSync } from "node:fs";
import { deferred, type Outcome } from "#shared/mail/outcome.js";

/**
 * Refuses new mail before the disk is full, so that delivering, draining and deleting can go on (P7). Checked on
 * blocks and inodes both: a mail store runs out of inodes first.
 */
export interface SpaceLimits {
  /** Bytes that must stay free for us. */
  readonly freeSpace: number;
  readonly freeInodes: number;
}

/** One look a second is enough; each is a system call on the folder's file system. */
const LOOK_AGAIN_MS = 1000;

export function spaceGuard(
  dir: string,
  limits: SpaceLimits,
  log: (event: string, fields: Record<string, unknown>) => void,
  now: () => number = Date.now,
): () => Outcome | undefined {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let last: Outcome | undefined;
  return () => {
    const at = now();
    if (Math.abs(at - lookedAt) < LOOK_AGAIN_MS) return last;
    lookedAt = at;
    const { bavail, bsize, ffree, files } = statfsSync(dir);
    const bytes = bavail * bsize;
    // Some file systems (btrfs) count no inodes: files is 0 there.
    const low = bytes < limits.freeSpace || (files > 0 && ffree < limits.freeInodes);
    if (low !== (last !== undefined)) log(low ? "disk-low" : "disk-ok", { dir, bytes, inodes: ffree });
    last = low ? deferred("4.3.1", "insufficient storage here, try again later") : undefined;
    return last;
  };
}
