// One day in the life of a maildir, from an empty disk: made, filled, read, changed and emptied, several things at once.
import type { MaildirFs } from "../src/fs.ts";
import { Maildir } from "../src/maildir.ts";
import type { MaildirEntry } from "../src/names.ts";
import type { FakeDisk } from "./fake-disk.ts";
import { type Ledger, titleOf } from "./ledger.ts";

export const MAILDIR = "/srv/mail/box";

/**
 * Runs it all, writes every step into the ledger, never throws for what the disk does.
 *
 * @param fs the disk itself, or a wrapper of it
 */
export async function liveOneDay(disk: FakeDisk, ledger: Ledger, fs: MaildirFs = disk): Promise<Maildir> {
  const maildir = new Maildir(MAILDIR, { fs, host: "day.example" });
  // Nothing may be delivered before create() has resolved; after one accident it is tried again.
  const create = () => ledger.step("the maildir itself", undefined, async () => ({ done: await maildir.create() }));
  if ((await create()) === undefined && (await create()) === undefined) return maildir;
  await Promise.all(["one", "two", "three", "four"].map((name) => deliver(maildir, ledger, name)));
  for (const name of ["three", "four"]) disk.moveByReader(`${MAILDIR}/new/${name}`, `${MAILDIR}/cur/${name}:2,S`);
  await Promise.all([
    ...["five", "six", "seven"].map((name) => deliver(maildir, ledger, name)),
    ledger.step("nameless", text("nameless"), () => maildir.deliver(pieces(text("nameless")))),
    change(maildir, ledger, { folder: "new", name: "one" }),
    remove(maildir, ledger, { folder: "new", name: "two" }),
    change(maildir, ledger, { folder: "cur", name: "three:2,S", unique: "three" }),
  ]);
  await remove(maildir, ledger, { folder: "cur", name: "four:2,S", unique: "four" });
  return maildir;
}

/** The text of a message in a version; no two are alike, and none is the beginning of another. */
export function text(message: string, version = 1): string {
  return `${titleOf(message)}\nversion ${version}\n.end of ${message}`;
}

export function pieces(whole: string): Uint8Array[] {
  const bytes = Buffer.from(whole);
  return [bytes.subarray(0, 5), bytes.subarray(5)];
}

async function deliver(maildir: Maildir, ledger: Ledger, name: string): Promise<void> {
  await ledger.step(name, text(name), () => maildir.deliver(pieces(text(name)), { name }));
}

type Known = Pick<MaildirEntry, "folder" | "name"> & { unique?: string };

async function change(maildir: Maildir, ledger: Ledger, known: Known): Promise<void> {
  const entry = entryAt(known);
  if (!(await exists(maildir, entry))) return;
  await ledger.step(entry.unique, text(entry.unique, 2), () => {
    return maildir.replace(entry, pieces(text(entry.unique, 2)));
  });
}

async function remove(maildir: Maildir, ledger: Ledger, known: Known): Promise<void> {
  const entry = entryAt(known);
  if (await exists(maildir, entry)) await ledger.step(entry.unique, undefined, () => maildir.remove(entry));
}

// What an earlier accident kept from arriving cannot be changed; and what looks absent after EIO is left alone.
async function exists(maildir: Maildir, entry: MaildirEntry): Promise<boolean> {
  try {
    return (await maildir.find(entry.unique)) !== undefined;
  } catch {
    return false;
  }
}

function entryAt({ folder, name, unique = name }: Known): MaildirEntry {
  return { folder, name, unique, flags: folder === "cur" ? "S" : "", time: 0 };
}
