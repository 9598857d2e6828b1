import { execFile } from "node:child_process";
import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Counts the messages that a server says it has, and takes them away, so that the next measurement meets an empty
 * queue and a disk at rest.
 *
 * @throws Error when more or fewer than `accepted` lie there: a fast server that loses mail is not fast
 */
export async function takeAway(folder: string, accepted: number): Promise<void> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  if (files.length !== accepted)
    throw new Error(
      `Cannot trust this measurement: ${accepted} messages were accepted and ${files.length} lie in ${folder}`,
    );
  for (const file of files) await unlink(file);
  await run("sync", ["-f", folder]);
}
