import { mailboxOf, mailboxPath } from "#shared/mailbox/mailbox-path.js";
import { isOldMail } from "#shared/queue/old-mail.js";
import { sendMailbox } from "#shared/queue/send-mailbox.js";
import type { AskedMailbox } from "./directory/leaving-mailboxes.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";

/**
 * Puts the old mail of those who have been posted elsewhere into the outbound queue, as headquarters has asked. Never throws: what
 * the disk does not allow now is done in the next session, and what was begun goes on where it stopped.
 */
export async function sendMailboxes(node: SpokeNode): Promise<void> {
  try {
    const all = node.directory.leavingMailboxes.list();
    if (all.length === 0 || (await oldMailWaits(node))) return;
    for (const asked of all) await sendOne(node, asked);
  } catch (error) {
    node.log("internal-error", { where: "old mailboxes", text: String(error) });
  }
}

/** Old mail that waits at a time, in bytes: it is a copy, on a small disk, behind a thin line. */
const AT_ONCE = 64 * 1024 * 1024;

async function sendOne(node: SpokeNode, asked: AskedMailbox): Promise<void> {
  const { config, directory, store, log, space } = node;
  const { name, to, limit, since } = asked;
  // Back since: then it is no old mailbox.
  if (directory.people.get(name) === undefined) {
    const sent = await sendMailbox({
      path: mailboxPath(config.dir, mailboxOf(name)),
      queue: store.queue(OUTBOUND),
      recipient: to,
      at: Math.floor(since / 1000),
      space,
      most: AT_ONCE,
      ...(limit === undefined ? {} : { limit }),
    });
    if (sent.messages + sent.tooLarge > 0) log("mailbox-sent", { person: name, to, ...sent });
    if (sent.messages > 0) store.added(OUTBOUND);
    if (sent.more !== undefined) return;
  }
  directory.leavingMailboxes.remove(name);
}

/** What was begun goes first. */
async function oldMailWaits({ store }: SpokeNode): Promise<boolean> {
  const queue = store.queue(OUTBOUND);
  for (const entry of await queue.list()) {
    const open = await queue.open(entry).catch(() => undefined);
    if (open === undefined) continue;
    await open.close();
    if (isOldMail(open.head.fields)) return true;
  }
  return false;
}
