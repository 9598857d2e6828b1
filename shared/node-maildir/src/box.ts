import { join } from "node:path";
import type { MaildirFs } from "./fs.ts";
import { assertPlainName, type MaildirEntry } from "./names.ts";

/** What every action on one maildir needs. */
export interface Box {
  readonly fs: MaildirFs;
  /** Absolute path of the maildir. */
  readonly path: string;
  readonly now: () => number;
  readonly uniqueName: () => string;
}

export type Folder = "tmp" | "new" | "cur";

export function folderPath(box: Box, folder: Folder): string {
  return join(box.path, folder);
}

export function filePath(box: Box, folder: Folder, name: string): string {
  return join(box.path, folder, name);
}

/** Throws TypeError for an entry made by hand whose name would lead out of its folder. */
export function entryPath(box: Box, entry: MaildirEntry): string {
  assertPlainName(entry.name);
  return filePath(box, entry.folder, entry.name);
}
