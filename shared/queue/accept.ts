import type { Recipient } from "#shared/mail/envelope.js";
import { newMailId } from "#shared/mail/mail-id.js";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import type { Acceptance, AcceptContext, Arrival } from "./arrival.ts";
import { diskTrouble } from "./disk-trouble.ts";
import { isFull, unlessFull } from "./full-mailbox.ts";
import { type Inspected, inspect } from "./inspect.ts";
import type { Answer } from "./memory.ts";
import { noteAccepted, type Routed } from "./note-accepted.ts";
import { recoverMemory } from "./recover.ts";
import { type Copy, copiesOf, type Route, routeSafely } from "./route.ts";
import type { Place } from "./store.ts";
import { SORTING } from "./trace.ts";
import { takeUndecided, writeAccepted } from "./write-accepted.ts";

export type { Acceptance, AcceptContext, Arrival };

/**
 * The one front door: mail enters a queue or a mailbox only here. When `accept` answers "delivered" for a
 * recipient, this node holds the message durably (P1): data and directory were synced first. A crash before
 * the answer leaves at most a file in tmp/ that nobody was promised.
 */
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
    const id = arrival.mailId ?? arrival.spool.scanner.topReceivedId ?? newMailId();
    for (let busy = writing.get(id); busy !== undefined; busy = writing.get(id)) await busy.catch(() => undefined);
    if (takeUndecided(id)) await recoverMemory(context.memory);
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
  const inspected = await inspect(context, arrival, mailId, fresh);
  const outcomes = await settleFresh(context, arrival, mailId, fresh, inspected);
  for (const [address, outcome] of outcomes) {
    if (outcome.kind === "failed" && arrival.once)
      context.memory.refused(mailId, address, `${outcome.text} (#${outcome.status})`);
  }
  return {
    mailId,
    outcomes: recipients.map(({ address }) => outcomes.get(address) ?? recalledOutcome(answered.get(address))),
  };
}

/** One outcome for each recipient that was not answered before. */
async function settleFresh(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  fresh: readonly Recipient[],
  inspected: Inspected,
): Promise<Map<string, Outcome>> {
  switch (inspected.kind) {
    case "deferred":
      if (hasCrossed(arrival)) return keepUnseen(context, arrival, mailId, fresh);
      return new Map(fresh.map(({ address }) => [address, deferred(inspected.status, inspected.text)]));
    case "refused": {
      const { status, text } = inspected;
      const routed = fresh.map((recipient) => ({ recipient, route: { kind: "refused", status, text } as const }));
      // The peer is told, even one that heard "yes" for each recipient: nobody needs a bounce.
      noteAccepted(context, { ...arrival, refusals: "answer" }, mailId, routed, undefined);
      return new Map(fresh.map(({ address }) => [address, failed(status, text)]));
    }
    case "take":
      try {
        return await take(context, inspected.arrival, mailId, fresh, arrival.spool.scanner.deliveredTo);
      } finally {
        if (inspected.arrival.spool !== arrival.spool) await inspected.arrival.spool.discard();
      }
    default:
      return inspected satisfies never;
  }
}

/** A message that has crossed a dear line is kept, whatever is the matter here. */
function hasCrossed({ once, entrance }: Arrival): boolean {
  return once === true && entrance?.listener === "link";
}

async function keepUnseen(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  fresh: readonly Recipient[],
): Promise<Map<string, Outcome>> {
  const addresses = addressesOf(fresh);
  const copy: Copy = { place: SORTING_PLACE, recipients: fresh, traces: [], sender: arrival.envelope.sender };
  let outcome: Outcome;
  try {
    outcome = await writeAccepted(context, { ...arrival, unseen: true }, mailId, copy, addresses);
  } catch (error) {
    context.log("internal-error", { where: "accept", mail: mailId, text: String(error) });
    outcome = diskTrouble(error);
  }
  return new Map(addresses.map((address) => [address, outcome]));
}

const SORTING_PLACE: Place = { kind: "queue", name: SORTING };

/** @param deliveredTo of the message as it came: a filter may have taken the lines out, and loops must end all the same */
async function take(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  fresh: readonly Recipient[],
  deliveredTo: ReadonlySet<string>,
): Promise<Map<string, Outcome>> {
  const routed = await Promise.all(
    fresh.map(async (recipient) => ({
      recipient,
      route: await routeArrival(context, arrival, recipient.address, deliveredTo),
    })),
  );
  const taken = routed.filter(({ route }) => route.kind !== "refused" || arrival.refusals === "bounce");
  const { outcome: written, place } = await write(context, arrival, mailId, taken);
  noteAccepted(context, arrival, mailId, routed, place);
  return new Map(
    routed.map(({ recipient, route }) => {
      const isTaken = route.kind !== "refused" || arrival.refusals === "bounce";
      return [recipient.address, isTaken ? written : failed(route.status, route.text)];
    }),
  );
}

/** A peer that is still on the line hears that a mailbox is full; what has crossed a link is kept. */
async function routeArrival(
  context: AcceptContext,
  arrival: Arrival,
  address: string,
  deliveredTo: ReadonlySet<string>,
): Promise<Route> {
  const { spool, origin, envelope } = arrival;
  const message = { deliveredTo, size: spool.size };
  const route = routeSafely(context, address, { ...origin, sender: envelope.sender }, message);
  return arrival.refusals === "answer" && arrival.once !== true ? await unlessFull(context, route) : route;
}

/** What a recipient was answered before, as an outcome. */
export function recalledOutcome(answer: Answer | undefined): Outcome {
  if (answer === undefined) throw new Error("A recipient was neither routed nor remembered");
  if (answer.letter === "K") return delivered(answer.text);
  // The status is remembered as it was sent: the sender's report must not depend on which of two answers arrived.
  const [, text, status] = /^(.*) \(#(5\.\d{1,3}\.\d{1,3})\)$/s.exec(answer.text) ?? [];
  return failed(status ?? "5.0.0", text ?? answer.text);
}

function headerProblem(context: AcceptContext, { spool, origin }: Arrival): Outcome | undefined {
  const { scanner } = spool;
  if (scanner.problem !== undefined) return failed("5.3.4", "the header section is larger than 256 KB or 2,000 lines");
  if (origin.oldMail === true) return undefined;
  if (scanner.received >= MAX_RECEIVED)
    return failed("5.4.6", `too many hops: ${scanner.received} Received lines, this message is looping`);
  const own = scanner.receivedBy(context.store.host);
  if (own >= MAX_OWN_RECEIVED) return failed("5.4.6", `this message was here ${own} times before, it is looping`);
  return undefined;
}

/** `place` is where the message is now; nowhere when the outcome is a deferral or nobody was left. */
interface Written {
  readonly outcome: Outcome;
  readonly place?: Place;
}

/** Exactly one place: written there, once. Anything else: one entry in sorting, acknowledged at once. */
async function write(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  taken: readonly Routed[],
): Promise<Written> {
  if (taken.length === 0) return { outcome: delivered("nothing to do") };
  const addresses = addressesOf(taken.map(({ recipient }) => recipient));
  const to = taken.filter(
    (item): item is { recipient: Recipient; route: Route & { kind: "to" } } => item.route.kind === "to",
  );
  const { sender } = arrival.envelope;
  const copies = copiesOf(to, sender);
  const whole = to.length === taken.length && to.every(({ route }) => (route.problems ?? []).length === 0);
  const [first, ...others] = copies;
  // A message of its own is the sorter's to make: here it is still the one that came.
  const single = whole && others.length === 0 && first?.renewed !== true ? first : undefined;
  try {
    if (single !== undefined) {
      const outcome = await tryDirect(context, arrival, mailId, single, addresses);
      if (outcome !== undefined) return { outcome, place: single.place };
    }
    const sorting: Copy = {
      place: SORTING_PLACE,
      recipients: taken.map(({ recipient }) => recipient),
      traces: [],
      sender,
    };
    return { outcome: await writeAccepted(context, arrival, mailId, sorting, addresses), place: sorting.place };
  } catch (error) {
    context.log("internal-error", { where: "accept", mail: mailId, text: String(error) });
    return { outcome: diskTrouble(error) };
  }
}

/** A mailbox in trouble, or full, is no reason to keep the peer waiting: undefined sends the message to sorting. */
async function tryDirect(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  copy: Copy,
  addresses: readonly string[],
): Promise<Outcome | undefined> {
  try {
    if (await isFull(context.store, copy)) return undefined;
    return await writeAccepted(context, arrival, mailId, copy, addresses);
  } catch (error) {
    if (copy.place.kind !== "mailbox") throw error;
    context.log("internal-error", { where: "mailbox", mail: mailId, recipient: copy.place.name, text: String(error) });
    return undefined;
  }
}

function addressesOf(recipients: readonly Recipient[]): string[] {
  return recipients.map(({ address }) => address);
}
