import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Maildir, type MaildirEntry, type MaildirFs } from "node-maildir";

/** What a mailbox holds at the moment. Another program may remove mail, or move it, at any time. */
export interface MailboxContent {
  readonly bytes: number;
  /** Unique parts of the names of its messages. */
  readonly names: ReadonlySet<string>;
}

export type MeasureMailbox = (path: string) => Promise<MailboxContent>;

type Disk = Pick<MaildirFs, "readdir" | "lstat">;

/** Sizes remembered, a few megabytes of memory. Beyond this all are forgotten, and asked of the disk again. */
const MAX_KNOWN = 100_000;

/**
 * Measures Maildirs. Names are read anew after each change, so that what a reader has removed is noticed at once, and a stranger's
 * RCPT costs two looks; the size of a message never changes and is asked for once, or stands in its name (`,S=`, Maildir++). Folders of IMAP servers (`.Sent`) count too.
 *
 * @param fs the disk; tests give one of their own
 * @returns throws what the disk throws; a mailbox that is not there yet is empty
 */
export function mailboxMeter(fs?: MaildirFs): MeasureMailbox {
  const disk: Disk = fs ?? { readdir, lstat };
  const options = fs === undefined ? {} : { fs };
  const known = new Map<string, number>();
  const folders = new Map<string, MailboxContent & { readonly at: string }>();
  return async (path) => {
    const names = new Set<string>();
    let bytes = 0;
    for (const folder of await foldersOf(disk, path)) {
      const content = await contentOf(folder);
      for (const name of content.names) names.add(name);
      bytes += content.bytes;
    }
    return { bytes, names };
  };

  async function contentOf(folder: string): Promise<MailboxContent> {
    const at = await changedAt(disk, folder);
    const before = folders.get(folder);
    if (at !== undefined && before?.at === at) return before;
    const names = new Set<string>();
    let bytes = 0;
    for (const entry of await new Maildir(folder, options).list()) {
      const key = `${folder}/${entry.unique}`;
      const size = known.get(key) ?? sizeInName(entry.name) ?? (await sizeOnDisk(disk, folder, entry));
      if (size === undefined) continue;
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(key, size);
      names.add(entry.unique);
      bytes += size;
    }
    if (at === undefined) return { bytes, names };
    const content = { at, bytes, names };
    if (folders.size >= MAX_FOLDERS) folders.clear();
    // What changed while it was read is read again the next time.
    if ((await changedAt(disk, folder)) === at) folders.set(folder, content);
    return content;
  }
}

/** Folders whose content is remembered; their names are as much as those of 100,000 messages. */
const MAX_FOLDERS = 200;

/** Another value after each message that came, went or was moved; undefined where the disk does not say. */
async function changedAt(disk: Disk, folder: string): Promise<string | undefined> {
  const times = await Promise.all(
    ["new", "cur"].map(async (name) => (await orMissing(disk.lstat(join(folder, name))))?.mtimeMs ?? 0),
  );
  return times.includes(0) ? undefined : times.join(" ");
}

async function foldersOf(disk: Disk, path: string): Promise<string[]> {
  const below = (await orMissing(disk.readdir(path))) ?? [];
  const candidates = [path, ...below.filter((name) => /^\.[^.]/.test(name)).map((name) => join(path, name))];
  const isFolder = await Promise.all(
    candidates.map(async (folder) => (await orMissing(disk.lstat(join(folder, "cur"))))?.isDirectory() === true),
  );
  return candidates.filter((_, index) => isFolder[index]);
}

function sizeInName(name: string): number | undefined {
  const size = /,S=(\d{1,15})(?=[,:]|$)/.exec(name)?.[1];
  return size === undefined ? undefined : Number(size);
}

/** undefined: somebody has removed it meanwhile, or moved it on, and then it is counted the next time. */
async function sizeOnDisk(
  disk: Disk,
  folder: string,
  { folder: where, name }: MaildirEntry,
): Promise<number | undefined> {
  return (await orMissing(disk.lstat(join(folder, where, name))))?.size;
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
}
