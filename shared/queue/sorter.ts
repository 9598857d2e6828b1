import type { Recipient } from "#shared/mail/envelope.js";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { senderAfter } from "#shared/mail/sender-after.js";
import { BESIDE_FIELDS } from "./beside.ts";
import { diskTrouble } from "./disk-trouble.ts";
import type { EntryHead } from "./entry.ts";
import { noRoom } from "./full-mailbox.ts";
import { oldMailOrigin } from "./old-mail.ts";
import { passedOn } from "./own-fields.ts";
import { copiesForOwners, copyId, SORTING_PLACE } from "./owner-copies.ts";
import { policyFields } from "./policies.ts";
import type { OpenEntry } from "./queue.ts";
import { scanHeader } from "./report.ts";
import {
  type Copy,
  copiesOf,
  copyKey,
  type Destination,
  envelopeOf,
  type Origin,
  type Route,
  type Router,
  renamed,
  routeSafely,
  topLines,
} from "./route.ts";
import type { Attempt } from "./runner.ts";
import type { Place, Store } from "./store.ts";
import { noteTrace, originFields, originOfFields, placeName, SORTING, type Stay, type Trace } from "./trace.ts";

/**
 * Works one entry of queue/sorting: routes each recipient and writes one copy per place. Names of the copies
 * follow from the mail id, so repeating the work after a crash meets what is already there.
 *
 * The outcomes are told per *member*: a list of twenty with one in trouble leaves an entry for that one, and a
 * repeat does not send to the other nineteen again.
 */
export interface SortContext {
  readonly store: Store;
  readonly route: Router;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly trace?: Trace;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Member {
  readonly recipient: Recipient;
  readonly outcome: Outcome;
}

export function sortEntry(context: SortContext, open: OpenEntry): Promise<Attempt> {
  return sortRouted(
    context,
    open,
    open.head.envelope.recipients.map((recipient) => ({ recipient })),
  );
}

/** A route, or what has become of the message for this recipient without one. */
export type Sorted = Route | { readonly kind: "done"; readonly outcome: Outcome };

/**
 * @param given recipients with the route that somebody has found for them; without one the router is asked. `again`: it has
 * led here itself, so its own Delivered-To line is no loop
 * @param queue where the entry is
 */
export async function sortRouted(
  context: SortContext,
  open: OpenEntry,
  given: readonly { readonly recipient: Recipient; readonly route?: Sorted; readonly again?: boolean }[],
  queue = SORTING,
): Promise<Attempt> {
  const { head } = open;
  const { recipients } = head.envelope;
  const origin = originOf(head);
  const header = await scanHeader(open);
  const { deliveredTo } = header;
  const routed = given.map(({ recipient, route, again }) => {
    const own = recipient.address.toLowerCase();
    const others = again === true ? new Set([...deliveredTo].filter((one) => one !== own)) : deliveredTo;
    const message = { deliveredTo: others, size: open.size };
    return { recipient, route: route ?? routeSafely(context, recipient.address, origin, message) };
  });
  const to = routed.filter((item): item is typeof item & { route: Route & { kind: "to" } } => item.route.kind === "to");
  const written = new Map<string, Outcome>();
  const { sender } = head.envelope;
  for (const copy of [...copiesOf(to, sender), ...copiesForOwners(to, sender)]) {
    const outcome = await writeCopy(context, open, copy);
    for (const { address } of copy.recipients) written.set(partKey(copy, address), outcome);
  }
  const outcomeAt: OutcomeAt = (to, { renewed }) =>
    written.get(
      partKey(
        {
          place: to.place,
          sender: senderAfter(to.sender, sender),
          ...(renewed === undefined ? {} : { renewed }),
          ...(to.beside === undefined ? {} : { beside: to.beside }),
        },
        to.recipient,
      ),
    );
  const members = routed.flatMap(({ recipient, route }) => membersOf(recipient, route, outcomeAt));
  notePassed(context, head, queue, header.field("message-id"), routed, outcomeAt);
  const outcomes = members.map(({ outcome }) => outcome);
  const unchanged =
    members.length === recipients.length && members.every(({ recipient }, index) => recipient === recipients[index]);
  if (unchanged) return { outcomes };
  return {
    outcomes,
    head: { ...head, envelope: { ...head.envelope, recipients: members.map(({ recipient }) => recipient) } },
  };
}

/** Whoever is reached at a place from a sender is in one copy there. */
function partKey(copy: Parameters<typeof copyKey>[0], address: string): string {
  return `${copyKey(copy)}\0${address.toLowerCase()}`;
}

/** What became of the copy that a destination of a route is part of. */
type OutcomeAt = (to: Destination, route: Route & { kind: "to" }) => Outcome | undefined;

function membersOf(recipient: Recipient, route: Sorted, outcomeAt: OutcomeAt): Member[] {
  if (route.kind === "done") return [{ recipient, outcome: route.outcome }];
  if (route.kind === "refused") return [{ recipient, outcome: failed(route.status, route.text) }];
  if (route.kind === "deferred") return [{ recipient, outcome: deferred(route.status, route.text) }];
  const reached = route.destinations.map((to) => ({
    recipient: to.recipient === recipient.address ? recipient : renamed(recipient, to.recipient),
    outcome: outcomeAt(to, route) ?? deferred("4.3.0", "its copy was not written"),
  }));
  const lost = (route.problems ?? []).map((problem) => ({
    recipient: renamed(recipient, problem.recipient),
    outcome: outcomeAt({ ...problem, place: SORTING_PLACE }, route) ?? problem.outcome,
  }));
  return [...reached, ...lost];
}

/** What was not written stays in sorting, under its new name. */
function notePassed(
  context: SortContext,
  { id, born, fields, envelope }: EntryHead,
  queue: string,
  messageId: string | undefined,
  routed: readonly { readonly recipient: Recipient; readonly route: Sorted }[],
  outcomeAt: OutcomeAt,
): void {
  const stayOf = (to: Destination, route: Route & { kind: "to" }): Stay =>
    outcomeAt(to, route)?.kind === "delivered"
      ? { recipient: to.recipient, place: placeName(to.place) }
      : { recipient: to.recipient, place: queue, bound: [placeName(to.place)] };
  noteTrace(context, (trace) =>
    trace.passed({
      mailId: id,
      origin: originOfFields(fields),
      place: queue,
      moves: routed.map(({ recipient, route }) => ({
        recipient: recipient.address,
        to: route.kind === "to" ? staysOf(route, queue, stayOf) : [],
      })),
      mail: {
        ...(messageId === undefined ? {} : { messageId }),
        sender: envelope.sender,
        from: fields.link ?? fields.office ?? "this machine",
        at: born * 1000,
      },
      at: context.now(),
    }),
  );
}

function staysOf(
  route: Route & { kind: "to" },
  queue: string,
  stayOf: (to: Destination, route: Route & { kind: "to" }) => Stay,
): Stay[] {
  const lost = (route.problems ?? []).map(({ recipient }) => ({ recipient, place: queue }));
  return [...route.destinations.map((to) => stayOf(to, route)), ...lost];
}

async function writeCopy(context: SortContext, open: OpenEntry, copy: Copy): Promise<Outcome> {
  const { head } = open;
  const copied: EntryHead = {
    id: copyId(copy, head.id),
    born: head.born,
    envelope: envelopeOf(copy, head.envelope),
    fields: {
      ...passedOn(head.fields),
      ...(copy.beside === true ? BESIDE_FIELDS : {}),
      ...originFields(copy.place, originOfFields(head.fields)),
      ...policyFields(head.fields.policy),
    },
  };
  try {
    const full = await noRoom(context.store, copy, copied);
    if (full !== undefined) return full;
    await context.store.deliver(copy.place, copied, withTrace(copy, open));
    return delivered(`to ${placeKey(copy.place)}`);
  } catch (error) {
    context.log("internal-error", { where: placeKey(copy.place), mail: head.id, text: String(error) });
    return diskTrouble(error);
  }
}

async function* withTrace(copy: Copy, open: OpenEntry): AsyncGenerator<Uint8Array> {
  const top = topLines(copy);
  if (top.length > 0) yield top;
  yield* open.message();
}

/** Whoever brought the message may have it sorted as it was accepted; the link it came by is never its way back. */
function originOf(head: EntryHead): Origin {
  const { link, office } = head.fields;
  return {
    relay: link === undefined,
    sorted: true,
    sender: head.envelope.sender,
    ...(link === undefined ? {} : { link }),
    ...(office === undefined ? {} : { office }),
    ...oldMailOrigin(head.fields),
  };
}

function placeKey(place: Place): string {
  return `${place.kind} ${place.name}`;
}
