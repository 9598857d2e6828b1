import { execFile } from "node:child_process";
import { chown, mkdir, readdir, rename, stat } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
let moved = 0;

/**
 * Counts the messages that a server says it has, and moves their folder out of its way, so that the next measurement
 * meets an empty queue and a disk at rest. Nothing is deleted: ext4 leaves the inodes of deleted files alone for
 * minutes and searches past them, which would slow down whoever is measured next.
 *
 * @throws Error when more or fewer than `accepted` lie there: a fast server that loses mail is not fast
 */
export async function takeAway(folder: string, accepted: number): Promise<void> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  if (files.length !== accepted)
    throw new Error(
      `Cannot trust this measurement: ${accepted} messages were accepted and ${files.length} lie in ${folder}`,
    );
  const { mode, uid, gid } = await stat(folder);
  moved += 1;
  await rename(folder, `${folder}.measured-${moved}`);
  await mkdir(folder, { mode: mode & 0o777 });
  await chown(folder, uid, gid);
  await run("sync", ["-f", folder]);
}
