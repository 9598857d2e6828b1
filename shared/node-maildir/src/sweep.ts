// Holds no promise about mail: what lies in tmp/ was never acknowledged. Must never take a file that is being written.
import { type Box, filePath, folderPath } from "./box.ts";
import { isMissing } from "./durable.ts";
import type { MaildirStat } from "./fs.ts";
import { isHeld } from "./tmp-file.ts";

const HOUR_MS = 3_600_000;

/** A delivery must be over after 24 hours; whoever writes longer gives up (qmail-local: alarm(86400)). */
export const DEATH_MS = 24 * HOUR_MS;

/** A file in tmp/ untouched for 36 hours is a leftover. Must exceed DEATH_MS, or a slow delivery loses its file. */
export const OSSIFIED_MS = 36 * HOUR_MS;

/** 2001-09-09: a time before this was written by a clock that was not set (a laptop whose battery died says 1970). */
const CLOCK_WAS_SET_MS = 1_000_000_000_000;

/** What a file with an unbelievable time looked like, and since when, by the clock that never jumps. */
interface Sighting {
  readonly size: number;
  readonly mtimeMs: number;
  readonly since: number;
}

/** Removes leftovers from `tmp/`. Remembers suspicious files between calls, so keep one for each maildir. */
export class Sweeper {
  #sightings = new Map<string, Sighting>();

  /**
   * @param monotonic milliseconds that never jump
   * @returns files removed
   */
  async sweep(box: Box, monotonic: () => number): Promise<number> {
    const still = new Map<string, Sighting>();
    let removed = 0;
    let failure: unknown;
    for (const name of await box.fs.readdir(folderPath(box, "tmp"))) {
      const path = filePath(box, "tmp", name);
      if (isHeld(box.fs, path)) continue;
      const status = await statusOf(box, path);
      if (status === undefined || !status.isFile()) continue;
      const sighting = this.#look(name, status, monotonic());
      if (isLeftover(status, box.now(), monotonic() - sighting.since)) {
        try {
          await box.fs.unlink(path);
          removed++;
        } catch (error) {
          if (!isMissing(error)) failure ??= error; // the others can still go
        }
      } else {
        still.set(name, sighting);
      }
    }
    this.#sightings = still;
    if (failure !== undefined) throw failure;
    return removed;
  }

  #look(name: string, status: MaildirStat, now: number): Sighting {
    const before = this.#sightings.get(name);
    if (before !== undefined && before.size === status.size && before.mtimeMs === status.mtimeMs) return before;
    return { size: status.size, mtimeMs: status.mtimeMs, since: now };
  }
}

/**
 * Pure. Times that can be believed decide by the wall clock. Others (1970, the future, or a wall clock that is not
 * set itself) say nothing about age: such a file goes only after this process has seen it unchanged for OSSIFIED_MS.
 */
export function isLeftover(status: MaildirStat, wallMs: number, unchangedForMs: number): boolean {
  const touched = Math.max(status.mtimeMs, status.atimeMs);
  const believable = Math.min(status.mtimeMs, status.atimeMs) >= CLOCK_WAS_SET_MS && touched <= wallMs;
  return (believable ? wallMs - touched : unchangedForMs) > OSSIFIED_MS;
}

async function statusOf(box: Box, path: string): Promise<MaildirStat | undefined> {
  try {
    return await box.fs.lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined; // delivered meanwhile
    throw error;
  }
}
