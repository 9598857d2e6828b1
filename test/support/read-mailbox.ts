import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A message as it lies in a mailbox or queue. */
export interface StoredMessage {
  readonly path: string;
  /** Everything before the first empty line, as written. */
  readonly head: string;
  readonly body: string;
  /** First header of this name, unfolded; undefined when absent. */
  header(name: string): string | undefined;
}

/** The messages in the mailbox `name` of the node whose folder is `dir`, oldest first. */
export function mailbox(dir: string, name: string): Promise<StoredMessage[]> {
  return maildir(join(dir, "mailboxes", name, "Maildir"));
}

/** The entries of a queue, such as "outbound" or "office/herat". */
export function queued(dir: string, queue: string): Promise<StoredMessage[]> {
  return maildir(join(dir, "queue", queue));
}

/** What `new/` and `cur/` of a Maildir hold; nothing when it does not exist. */
export async function maildir(path: string): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  for (const folder of ["new", "cur"]) {
    for (const name of (await namesIn(join(path, folder))).sort((a, b) => (a < b ? -1 : 1))) {
      const text = await readIfThere(join(path, folder, name));
      // A queue works while we look: what has gone between the two calls is not there.
      if (text !== undefined) found.push(parsed(join(path, folder, name), text));
    }
  }
  return found;
}

/** Names in a folder without hidden ones; none when it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await ignoreMissing(readdir(folder)))?.filter((name) => !name.startsWith(".")) ?? [];
}

function readIfThere(path: string): Promise<string | undefined> {
  return ignoreMissing(readFile(path, "latin1"));
}

async function ignoreMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function parsed(path: string, text: string): StoredMessage {
  const [, head = text, body = ""] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(text) ?? [];
  const unfolded = head.replace(/\r?\n[ \t]+/g, " ");
  return {
    path,
    head,
    body,
    header: (name) => new RegExp(`^${name}: *(.*?)\\r?$`, "im").exec(unfolded)?.[1],
  };
}
