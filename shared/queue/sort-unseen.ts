import { deferred, failed } from "#shared/mail/outcome.js";
import type { Arrival } from "./arrival.ts";
import { type InspectContext, inspect } from "./inspect.ts";
import type { OpenEntry } from "./queue.ts";
import type { Attempt } from "./runner.ts";
import { type SortContext, sortEntry } from "./sorter.ts";
import { Spool } from "./spool.ts";

/**
 * Sorts an entry; one that the front door has not seen is looked at first, as there. A repeat is looked at again: what was
 * written meets itself, for its name does not follow from the filter's words.
 */
export async function sortSeen(context: SortContext & InspectContext, open: OpenEntry): Promise<Attempt> {
  const { head } = open;
  const { unseen, ...fields } = head.fields;
  if (unseen === undefined) return sortEntry(context, open);
  const spool = new Spool(context.store.partial);
  let seen = spool;
  try {
    for await (const piece of open.message()) await spool.write(piece);
    const arrival: Arrival = {
      envelope: head.envelope,
      spool,
      origin: fields.link === undefined ? { relay: true } : { relay: false, link: fields.link },
      peer: { from: fields.link ?? "local", with: fields.link === undefined ? "local" : "QMTPS" },
      // What sendmail would have spoken to.
      entrance: { listener: fields.link === undefined ? "smtp" : "link" },
      refusals: "bounce",
    };
    const inspected = await inspect(context, arrival, head.id, head.envelope.recipients);
    if (inspected.kind !== "take") {
      const outcome = inspected.kind === "refused" ? failed : deferred;
      return { outcomes: head.envelope.recipients.map(() => outcome(inspected.status, inspected.text)) };
    }
    const { policy } = inspected.arrival;
    seen = inspected.arrival.spool;
    const sorted = await sortEntry(context, {
      ...open,
      head: { ...head, fields: { ...fields, ...(policy === undefined ? {} : { policy }) } },
      size: seen.size,
      message: () => piecesOf(seen),
    });
    // Whoever is left has the message as it came, which has to be looked at again.
    return sorted.head === undefined ? sorted : { ...sorted, head: { ...sorted.head, fields: head.fields } };
  } finally {
    await spool.discard();
    if (seen !== spool) await seen.discard();
  }
}

async function* piecesOf(spool: Spool): AsyncGenerator<Uint8Array> {
  yield* spool.chunks();
}
