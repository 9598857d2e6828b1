import type { Recipient } from "#shared/mail/envelope.js";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { diskTrouble } from "./disk-trouble.ts";
import type { EntryHead } from "./entry.ts";
import type { Routed } from "./note-accepted.ts";
import type { OpenEntry } from "./queue.ts";
import { scanHeader } from "./report.ts";
import {
  type Copy,
  copiesOf,
  type Origin,
  type Route,
  type Router,
  renamed,
  routeSafely,
  traceLines,
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

export async function sortEntry(context: SortContext, open: OpenEntry): Promise<Attempt> {
  const { head } = open;
  const { recipients } = head.envelope;
  const origin = originOf(head);
  const header = await scanHeader(open);
  const { deliveredTo } = header;
  const routed = recipients.map((recipient) => ({
    recipient,
    route: routeSafely(context, recipient.address, origin, { deliveredTo, size: open.size }),
  }));
  const to = routed.filter((item): item is typeof item & { route: Route & { kind: "to" } } => item.route.kind === "to");
  const written = new Map<string, Outcome>();
  for (const copy of copiesOf(to)) written.set(placeKey(copy.place), await writeCopy(context, open, copy));
  const members = routed.flatMap(({ recipient, route }) => membersOf(recipient, route, written));
  notePassed(context, head, header.field("message-id"), routed, written);
  const outcomes = members.map(({ outcome }) => outcome);
  const unchanged =
    members.length === recipients.length && members.every(({ recipient }, index) => recipient === recipients[index]);
  if (unchanged) return { outcomes };
  return {
    outcomes,
    head: { ...head, envelope: { ...head.envelope, recipients: members.map(({ recipient }) => recipient) } },
  };
}

function membersOf(recipient: Recipient, route: Route, written: ReadonlyMap<string, Outcome>): Member[] {
  if (route.kind === "refused") return [{ recipient, outcome: failed(route.status, route.text) }];
  if (route.kind === "deferred") return [{ recipient, outcome: deferred(route.status, route.text) }];
  const reached = route.destinations.map(({ place, recipient: address }) => ({
    recipient: address === recipient.address ? recipient : renamed(recipient, address),
    outcome: written.get(placeKey(place)) ?? deferred("4.3.0", "its copy was not written"),
  }));
  const lost = (route.problems ?? []).map((problem) => ({
    recipient: renamed(recipient, problem.recipient),
    outcome: problem.outcome,
  }));
  return [...reached, ...lost];
}

/** What was not written stays in sorting, under its new name. */
function notePassed(
  context: SortContext,
  { id, born, fields, envelope }: EntryHead,
  messageId: string | undefined,
  routed: readonly Routed[],
  written: ReadonlyMap<string, Outcome>,
): void {
  const stayOf = (place: Place, recipient: string): Stay =>
    written.get(placeKey(place))?.kind === "delivered"
      ? { recipient, place: placeName(place) }
      : { recipient, place: SORTING, bound: [placeName(place)] };
  noteTrace(context, (trace) =>
    trace.passed({
      mailId: id,
      origin: originOfFields(fields),
      place: SORTING,
      moves: routed.map(({ recipient, route }) => ({
        recipient: recipient.address,
        to: route.kind === "to" ? staysOf(route, stayOf) : [],
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
  { destinations, problems = [] }: Route & { kind: "to" },
  stayOf: (place: Place, to: string) => Stay,
): Stay[] {
  const lost = problems.map(({ recipient }) => ({ recipient, place: SORTING }));
  return [...destinations.map(({ place, recipient }) => stayOf(place, recipient)), ...lost];
}

async function writeCopy(context: SortContext, open: OpenEntry, copy: Copy): Promise<Outcome> {
  const { head } = open;
  const copied: EntryHead = {
    id: head.id,
    born: head.born,
    envelope: { ...head.envelope, recipients: copy.recipients },
    fields: originFields(copy.place, originOfFields(head.fields)),
  };
  try {
    await context.store.deliver(copy.place, copied, withTrace(copy, open));
    return delivered(`to ${placeKey(copy.place)}`);
  } catch (error) {
    context.log("internal-error", { where: placeKey(copy.place), mail: head.id, text: String(error) });
    return diskTrouble(error);
  }
}

async function* withTrace(copy: Copy, open: OpenEntry): AsyncGenerator<Uint8Array> {
  if (copy.traces.length > 0) yield traceLines(copy.traces);
  yield* open.message();
}

/** Whoever brought the message may have it sorted as it was accepted; the link it came by is never its way back. */
function originOf(head: EntryHead): Origin {
  const { link, office } = head.fields;
  return {
    relay: link === undefined,
    ...(link === undefined ? {} : { link }),
    ...(office === undefined ? {} : { office }),
  };
}

function placeKey(place: Place): string {
  return `${place.kind} ${place.name}`;
}
