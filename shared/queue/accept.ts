import type { Envelope, Recipient } from "#shared/mail/envelope.js";
import { newMailId } from "#shared/mail/mail-id.js";
import { delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { type ReceivedWith, receivedLine } from "#shared/mail/received.js";
import { diskTrouble } from "./disk-trouble.ts";
import type { EntryHead } from "./entry.ts";
import type { Memory } from "./memory.ts";
import { type Copy, copiesOf, type Origin, type Route, type Router, routeSafely, traceLines } from "./route.ts";
import type { Spool } from "./spool.ts";
import type { Place, Store } from "./store.ts";

/**
 * The one front door: mail enters a queue or a mailbox only here. When `accept` answers "delivered" for a
 * recipient, this node holds the message durably (P1): data and directory were synced first. A crash before
 * the answer leaves at most a file in tmp/ that nobody was promised.
 */
export interface Arrival {
  readonly envelope: Envelope;
  readonly spool: Spool;
  readonly origin: Origin;
  /** For the Received line. */
  readonly peer: { readonly from: string; readonly address?: string; readonly with: ReceivedWith };
  /**
   * From the authenticated link: the mail id of its topmost Received line is taken over, and id + recipient are
   * remembered, so that a repeat after a lost answer delivers nothing twice.
   */
  readonly once?: boolean;
  /** The id of a message this node makes itself. */
  readonly mailId?: string;
  /**
   * What happens to a recipient that turns out to be refused: "answer" tells the peer per recipient; "bounce"
   * takes the message and lets the sorter report, for peers that were told "yes" already (SMTP after RCPT).
   */
  readonly refusals: "answer" | "bounce";
}

export interface Acceptance {
  readonly mailId: string;
  /** One per recipient, in order. */
  readonly outcomes: readonly Outcome[];
}

export interface AcceptContext {
  readonly store: Store;
  readonly route: Router;
  readonly memory: Memory;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type Accept = (arrival: Arrival) => Promise<Acceptance>;

/** Hops by plain count (RFC 5321 §6.3: at least 100), and by our own name, which stops true loops early. */
export const MAX_RECEIVED = 100;
export const MAX_OWN_RECEIVED = 4;

export function createAccept(context: AcceptContext): Accept {
  // A repeat can arrive while the first copy is still being written (a link that broke and came back at once).
  const writing = new Map<string, Promise<unknown>>();
  return async (arrival) => {
    if (!arrival.once) return acceptOne(context, arrival);
    arrival.spool.scanner.end();
    const id = arrival.spool.scanner.topReceivedId ?? newMailId();
    for (let busy = writing.get(id); busy !== undefined; busy = writing.get(id)) await busy.catch(() => undefined);
    const work = acceptOne(context, { ...arrival, mailId: id });
    writing.set(id, work);
    try {
      return await work;
    } finally {
      writing.delete(id);
    }
  };
}

async function acceptOne(context: AcceptContext, arrival: Arrival): Promise<Acceptance> {
  arrival.spool.scanner.end();
  const mailId = arrival.mailId ?? newMailId();
  const { recipients } = arrival.envelope;
  const problem = headerProblem(context, arrival);
  if (problem !== undefined) return { mailId, outcomes: recipients.map(() => problem) };

  const answered = arrival.once ? context.memory.recall(mailId, addressesOf(recipients)) : new Map();
  const fresh = recipients.filter(({ address }) => !answered.has(address));
  const routed = fresh.map((recipient) => ({
    recipient,
    route: routeSafely(context, recipient.address, arrival.origin, {
      deliveredTo: arrival.spool.scanner.deliveredTo,
      size: arrival.spool.size,
    }),
  }));
  const taken = routed.filter(({ route }) => route.kind !== "refused" || arrival.refusals === "bounce");
  const written = await write(context, arrival, mailId, taken);

  const outcomes = new Map<string, Outcome>();
  for (const { recipient, route } of routed) {
    const isTaken = route.kind !== "refused" || arrival.refusals === "bounce";
    const outcome = isTaken ? written : failed(route.status, route.text);
    if (outcome.kind === "failed" && arrival.once) context.memory.refused(mailId, recipient.address, outcome.text);
    outcomes.set(recipient.address, outcome);
  }
  return {
    mailId,
    outcomes: recipients.map(({ address }) => outcomes.get(address) ?? recalled(answered.get(address))),
  };
}

function recalled(answer: { letter: "K" | "D"; text: string } | undefined): Outcome {
  if (answer === undefined) throw new Error("A recipient was neither routed nor remembered");
  return answer.letter === "K" ? delivered(answer.text) : failed("5.0.0", answer.text);
}

function headerProblem(context: AcceptContext, { spool }: Arrival): Outcome | undefined {
  const { scanner } = spool;
  if (scanner.problem !== undefined) return failed("5.3.4", "the header section is larger than 256 KB or 2,000 lines");
  if (scanner.received >= MAX_RECEIVED)
    return failed("5.4.6", `too many hops: ${scanner.received} Received lines, this message is looping`);
  const own = scanner.receivedBy(context.store.host);
  if (own >= MAX_OWN_RECEIVED) return failed("5.4.6", `this message was here ${own} times before, it is looping`);
  return undefined;
}

/** Exactly one place: written there, once. Anything else: one entry in sorting, acknowledged at once. */
async function write(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  taken: readonly { recipient: Recipient; route: Route }[],
): Promise<Outcome> {
  if (taken.length === 0) return delivered("nothing to do");
  const to = taken.filter(
    (item): item is { recipient: Recipient; route: Route & { kind: "to" } } => item.route.kind === "to",
  );
  const copies = copiesOf(to);
  const whole = to.length === taken.length && to.every(({ route }) => (route.problems ?? []).length === 0);
  const single = whole && copies.length === 1 ? copies[0] : undefined;
  try {
    if (single !== undefined) {
      const outcome = await tryDirect(context, arrival, mailId, single, taken);
      if (outcome !== undefined) return outcome;
    }
    const sorting: Copy = {
      place: { kind: "queue", name: "sorting" },
      recipients: taken.map(({ recipient }) => recipient),
      traces: [],
    };
    return await writeCopy(context, arrival, mailId, sorting, taken);
  } catch (error) {
    context.log("internal-error", { where: "accept", mail: mailId, text: String(error) });
    return diskTrouble(error);
  }
}

/** A mailbox in trouble is no reason to keep the peer waiting: undefined sends the message to sorting. */
async function tryDirect(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  copy: Copy,
  taken: readonly { recipient: Recipient }[],
): Promise<Outcome | undefined> {
  try {
    return await writeCopy(context, arrival, mailId, copy, taken);
  } catch (error) {
    if (copy.place.kind !== "mailbox") throw error;
    context.log("internal-error", { where: "mailbox", mail: mailId, recipient: copy.place.name, text: String(error) });
    return undefined;
  }
}

async function writeCopy(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  copy: Copy,
  taken: readonly { recipient: Recipient }[],
): Promise<Outcome> {
  const { store, memory } = context;
  const addresses = addressesOf(taken.map(({ recipient }) => recipient));
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
  if (arrival.once) memory.accepted(mailId, addresses, text);
  logAccepted(context, arrival, mailId, copy.place, copy.recipients);
  if (copy.place.kind === "queue") store.added(copy.place.name);
  return delivered(text);
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
    if (link !== undefined) fields["link"] = link;
    if (office !== undefined) fields["office"] = office;
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
    recipients: addressesOf(recipients),
    bytes: arrival.spool.size,
  });
}

function addressesOf(recipients: readonly Recipient[]): string[] {
  return recipients.map(({ address }) => address);
}
