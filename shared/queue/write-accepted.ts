import type { Recipient } from "#shared/mail/envelope.js";
import { delivered, type Outcome } from "#shared/mail/outcome.js";
import { receivedLine } from "#shared/mail/received.js";
import type { AcceptContext, Arrival } from "./arrival.ts";
import type { EntryHead } from "./entry.ts";
import { passedOn } from "./own-fields.ts";
import { policyFields } from "./policies.ts";
import { type Copy, envelopeOf, topLines } from "./route.ts";
import type { Place, Store } from "./store.ts";
import { originFields } from "./trace.ts";
import { UNSEEN_FIELDS } from "./unseen.ts";

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
  const { store } = context;
  const head = headFor(context, arrival, mailId, copy);
  const message = await pieces(context, arrival, mailId, copy);
  const text = `ok ${mailId}`;
  // Only the link and our own reports bring an id along, and with it a name that may be there already.
  const fresh = arrival.mailId === undefined;
  const draft = await store.draft(copy.place, head, message, { fresh });
  try {
    if (arrival.once) await commitOnce(context, draft, copy.place, mailId, addresses, text);
    else await draft.commit();
  } finally {
    // After a failure only, and after the row is undone: a row `accepting` without its file would mean "accepted".
    await draft.abort();
  }
  logAccepted(context, arrival, mailId, copy.place, copy.recipients);
  if (copy.place.kind === "queue") store.added(copy.place.name);
  return delivered(text);
}

/** tmp files of this process between row `accepting` and the end: a recovery that runs beside leaves them alone. */
const underWay = new Set<string>();

/** Mail ids whose row `accepted` could not be written: a repeat must be decided before it is routed. */
const undecided = new Set<string>();

export function takeUndecided(mailId: string): boolean {
  return undecided.delete(mailId);
}

export function isUnderWay(tmpPath: string): boolean {
  return underWay.has(tmpPath);
}

async function commitOnce(
  context: AcceptContext,
  draft: Awaited<ReturnType<Store["draft"]>>,
  place: Place,
  mailId: string,
  addresses: readonly string[],
  text: string,
): Promise<void> {
  underWay.add(draft.tmpPath);
  try {
    await commitInOrder(context, draft, place, mailId, addresses, text);
  } finally {
    underWay.delete(draft.tmpPath);
  }
}

/** The order that closes the crash hole: tmp name durable, row `accepting`, rename, row `accepted`. */
async function commitInOrder(
  { store, memory, log }: AcceptContext,
  draft: Awaited<ReturnType<Store["draft"]>>,
  place: Place,
  mailId: string,
  addresses: readonly string[],
  text: string,
): Promise<void> {
  await draft.syncName();
  memory.accepting(mailId, addresses, draft.tmpPath);
  try {
    await draft.commit();
  } catch (error) {
    // A failed sync leaves it visible: passed on from there, the peer's repeat would be a second copy.
    try {
      if (!draft.existed) await store.withdraw(place, draft.name);
    } finally {
      // Also when that fails: a copy too many is better than a row that calls a message accepted which may be gone.
      memory.undo(mailId, addresses);
    }
    throw error;
  }
  try {
    memory.accepted(mailId, addresses, text);
  } catch (error) {
    // The message is durable, so the peer is told so; the row `accepting` is decided when the mail comes again, or at the next start.
    undecided.add(mailId);
    log("internal-error", { where: "memory", mail: mailId, text: String(error) });
  }
}

function headFor(context: AcceptContext, arrival: Arrival, mailId: string, copy: Copy): EntryHead {
  return {
    id: mailId,
    born: Math.floor(context.now() / 1000),
    envelope: envelopeOf(copy, arrival.envelope),
    fields: {
      // Those of another node's own affair are none of ours.
      ...passedOn(arrival.fields ?? {}),
      ...originFields(copy.place, arrival.origin),
      ...policyFields(arrival.policy),
      ...(arrival.unseen === true ? UNSEEN_FIELDS : {}),
    },
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
  const top = Buffer.concat([topLines(copy), Buffer.from(received)]);
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
