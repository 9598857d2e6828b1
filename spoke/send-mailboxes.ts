import { mailboxOf, mailboxPath } from "#shared/mailbox/mailbox-path.js";
import { sendMailbox } from "#shared/queue/send-mailbox.js";
import type { AskedMailbox } from "./directory/leaving-mailboxes.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";

/**
 * Puts the old mail of those who have been posted elsewhere into the outbound queue, as headquarters has asked. Never throws: what
 * the disk does not allow now is done in the next session, and what was begun goes on where it stopped.
 */
export async function sendMailboxes(node: SpokeNode): Promise<void> {
  try {
    for (const asked of node.directory.leavingMailboxes.list()) await sendOne(node, asked);
  } catch (error) {
    node.log("internal-error", { where: "old mailboxes", text: String(error) });
  }
}

async function sendOne({ config, directory, store, log }: SpokeNode, asked: AskedMailbox): Promise<void> {
  const { name, to, limit, since } = asked;
  // Back since: then it is no old mailbox.
  if (directory.people.get(name) === undefined) {
    const sent = await sendMailbox({
      path: mailboxPath(config.dir, mailboxOf(name)),
      queue: store.queue(OUTBOUND),
      recipient: to,
      at: Math.floor(since / 1000),
      ...(limit === undefined ? {} : { limit }),
    });
    log("mailbox-sent", { person: name, to, ...sent });
    if (sent.messages > 0) store.added(OUTBOUND);
  }
  directory.leavingMailboxes.remove(name);
}
