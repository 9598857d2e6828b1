import { tokenFor } from "#hub/directory/approval-secret.js";
import type { HubNode } from "#hub/node.js";
import { MODERATION } from "#hub/router.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { splitAddress } from "#shared/mail/address.js";
import { approvalAddress, type Verdict } from "#shared/mail/approval.js";
import { derivedMailId } from "#shared/mail/mail-id.js";
import { eachHeld } from "./find-held.ts";

export interface GivenWord {
  readonly id: string;
  readonly verdict: Verdict;
  readonly lists: readonly string[];
}

/**
 * The owner's word without the owner's mail: the same entry in the same queue, so that mail and command cannot meet. Durable when
 * this returns; whoever works the queue does the rest.
 *
 * @param list only for this list, where the message is held for several
 */
export async function giveWord(
  { directory, store, config, now }: HubNode,
  verdict: Verdict,
  id: string,
  list: string | undefined,
): Promise<GivenWord> {
  const mailId = id.toUpperCase();
  const wanted = list?.toLowerCase();
  const queue = store.queue(MODERATION);
  await queue.create();
  const lists: string[] = [];
  await eachHeld(queue, async (_open, found) => void lists.push(...found), mailId);
  const chosen = lists.filter((one) => wanted === undefined || one === wanted || splitAddress(one).local === wanted);
  if (chosen.length === 0)
    throw new Failure(
      EXIT.badData,
      `Cannot ${verdict} "${id}"${list === undefined ? "" : ` for ${list}`}: no such message is held, see \`qrelay hub list held\``,
    );
  for (const one of chosen) {
    const recipient = { address: approvalAddress(one, verdict, tokenFor(directory, one, mailId)) };
    const head = {
      id: derivedMailId("word", verdict, mailId, one),
      born: Math.floor(now() / 1000),
      envelope: { sender: `postmaster@${config.domain}`, recipients: [recipient] },
      fields: {},
    };
    await store.deliver({ kind: "queue", name: MODERATION }, head, [Buffer.from(`Subject: ${verdict}\n\n`)]);
  }
  return { id: mailId, verdict, lists: chosen };
}
