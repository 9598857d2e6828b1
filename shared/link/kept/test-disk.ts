import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Folders for the tests of this room: a good one, one that cannot be, one that is soon full. */

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "qrelay-kept-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Its parent is a file, so that every call on it fails, for root too. */
export async function brokenFolder(): Promise<string> {
  const file = join(await newFolder(), "file");
  await writeFile(file, "");
  return join(file, "folder");
}

const FULL_KB = 64;

/** A disk of 64 KB; undefined where none can be mounted. */
export async function tinyDisk(): Promise<string | undefined> {
  const folder = join(await newFolder(), "tiny");
  await mkdir(folder);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${FULL_KB}k`, "tmpfs", folder]).status === 0;
  if (!mounted) return undefined;
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return folder;
}

export interface Line {
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

/** A log to look at. */
export function newLog(): { lines: Line[]; log: (event: string, fields: Record<string, unknown>) => void } {
  const lines: Line[] = [];
  return { lines, log: (event, fields) => void lines.push({ event, fields }) };
}
