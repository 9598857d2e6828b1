import type { Recipient } from "#shared/mail/envelope.js";
import { delivered, type Outcome } from "#shared/mail/outcome.js";
import { receivedLine } from "#shared/mail/received.js";
import type { AcceptContext, Arrival } from "./arrival.ts";
import type { EntryHead } from "./entry.ts";
import { type Copy, traceLines } from "./route.ts";
import type { Place } from "./store.ts";

/**
 * Writes one accepted message to one place: tmp file synced, (id remembered as `accepting`,) renamed, directory
 * synced, (remembered as `accepted`). A crash leaves a tmp file nobody was promised, or a message that is
 * whole; `recoverMemory` tells which.
 *
 * @param addresses the recipients as the peer named them: what a repeat will ask for
 * @throws what the disk says; then nothing was accepted
 */
export async function writeAccepted(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  copy: Copy,
  addresses: readonly string[],
): Promise<Outcome> {
  const { store, memory } = context;
  const head = headFor(context, arrival, mailId, copy);
  const message = await pieces(context, arrival, mailId, copy);
  const text = `ok ${mailId}`;
  const draft = await store.draft(copy.place, head, message);
  if (arrival.once) {
    // The order that closes the crash hole: tmp name durable, row `accepting`, rename, row `accepted`.
    try {
      await draft.syncName();
      memory.accepting(mailId, addresses, draft.tmpPath);
    } catch (error) {
      await draft.abort();
      throw error;
    }
  }
  await commit(draft, () => (arrival.once ? memory.undo(mailId, addresses) : undefined));
  if (arrival.once) remember(context, mailId, () => memory.accepted(mailId, addresses, text));
  logAccepted(context, arrival, mailId, copy.place, copy.recipients);
  if (copy.place.kind === "queue") store.added(copy.place.name);
  return delivered(text);
}

/** The message is durable whatever the memory says, so the peer is told so; the row `accepting` is decided at the next start. */
function remember(context: AcceptContext, mailId: string, accepted: () => void): void {
  try {
    accepted();
  } catch (error) {
    context.log("internal-error", { where: "memory", mail: mailId, text: String(error) });
  }
}

/** When the rename fails nothing was accepted, and nothing may be remembered as if it were. */
async function commit(draft: { commit(): Promise<void>; abort(): Promise<void> }, forget: () => void): Promise<void> {
  try {
    await draft.commit();
  } catch (error) {
    await draft.abort();
    forget();
    throw error;
  }
}

function headFor(context: AcceptContext, arrival: Arrival, mailId: string, copy: Copy): EntryHead {
  const { link, office } = arrival.origin;
  const fields: Record<string, string> = {};
  if (copy.place.kind === "queue" && copy.place.name === "sorting") {
    if (link !== undefined) fields.link = link;
    if (office !== undefined) fields.office = office;
  }
  return {
    id: mailId,
    born: Math.floor(context.now() / 1000),
    envelope: { ...arrival.envelope, recipients: copy.recipients },
    fields,
  };
}

async function pieces(context: AcceptContext, arrival: Arrival, mailId: string, copy: Copy) {
  const received = receivedLine({
    from: arrival.peer.from,
    ...(arrival.peer.address === undefined ? {} : { fromAddress: arrival.peer.address }),
    by: context.store.host,
    with: arrival.peer.with,
    id: mailId,
    date: new Date(context.now()),
  });
  const top = Buffer.concat([traceLines(copy.traces), Buffer.from(received)]);
  const body = arrival.spool.chunks();
  if (Array.isArray(body)) return [top, ...(body as Uint8Array[])];
  return (async function* () {
    yield top;
    yield* body;
  })();
}

function logAccepted(
  context: AcceptContext,
  arrival: Arrival,
  mail: string,
  place: Place,
  recipients: readonly Recipient[],
): void {
  context.log("accepted", {
    mail,
    queue: place.kind === "queue" ? place.name : `mailbox/${place.name}`,
    peer: arrival.peer.address ?? arrival.peer.from,
    with: arrival.peer.with,
    sender: arrival.envelope.sender,
    recipients: recipients.map(({ address }) => address),
    bytes: arrival.spool.size,
  });
}
