import { splitAddress } from "#shared/mail/address.js";
import { readApproval } from "#shared/mail/approval.js";
import { parseEntryName } from "#shared/queue/entry.js";
import { type OpenEntry, type Queue, UnreadableEntryError } from "#shared/queue/queue.js";

/** A message that waits for the word of a list's owner, and the word that its entry bears when it has been given. */
export const DECISION = "decision";

/**
 * Looks at each message that is held and not decided, oldest first.
 *
 * @param mailId only of this id
 */
export async function eachHeld(
  queue: Queue,
  visit: (open: OpenEntry, lists: readonly string[]) => Promise<void>,
  mailId?: string,
): Promise<void> {
  for (const entry of await queue.list()) {
    if (mailId !== undefined && parseEntryName(entry.name)?.id !== mailId) continue;
    const open = await openReadable(queue, entry);
    if (open === undefined) continue;
    try {
      const lists = open.head.envelope.recipients.map(({ address }) => address).filter((address) => !isWord(address));
      if (lists.length > 0 && open.head.fields[DECISION] === undefined) await visit(open, lists);
    } finally {
      await open.close();
    }
  }
}

/** The runner tells of what cannot be read; the others must be found all the same. */
async function openReadable(queue: Queue, entry: Parameters<Queue["open"]>[0]): Promise<OpenEntry | undefined> {
  try {
    return await queue.open(entry);
  } catch (error) {
    if (error instanceof UnreadableEntryError) return undefined;
    throw error;
  }
}

function isWord(address: string): boolean {
  return readApproval(splitAddress(address).local) !== undefined;
}
