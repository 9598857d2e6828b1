import type { Recipient } from "#shared/mail/envelope.js";
import type { AcceptContext, Arrival } from "./arrival.ts";
import type { Route } from "./route.ts";
import type { Place } from "./store.ts";
import { noteTrace, placeName, SORTING, type Stay, type TracedRecipient } from "./trace.ts";

/** A recipient that was not answered before, and what the routing says of it. */
export interface Routed {
  readonly recipient: Recipient;
  readonly route: Route;
}

/**
 * Tells the trace what the front door has taken. Nobody is told of what was deferred: the peer still has it.
 *
 * @param place where the message was written for everybody who was not refused; undefined: nowhere
 */
export function noteAccepted(
  context: AcceptContext,
  arrival: Arrival,
  mailId: string,
  routed: readonly Routed[],
  place: Place | undefined,
): void {
  noteTrace(context, (trace) => {
    const recipients = routed.flatMap(({ recipient, route }) => tracedRecipient(arrival, recipient, route, place));
    if (recipients.length === 0) return;
    const messageId = arrival.spool.scanner.field("message-id");
    const { link, office } = arrival.origin;
    trace.accepted({
      mailId,
      ...(messageId === undefined ? {} : { messageId }),
      sender: arrival.envelope.sender,
      from: link ?? office ?? arrival.peer.address ?? arrival.peer.from,
      origin: { ...(link === undefined ? {} : { link }), ...(office === undefined ? {} : { office }) },
      recipients,
      at: context.now(),
    });
  });
}

function tracedRecipient(
  { refusals }: Arrival,
  { address }: Recipient,
  route: Route,
  place: Place | undefined,
): TracedRecipient[] {
  if (route.kind === "refused" && refusals === "answer") {
    const { status, text } = route;
    return [{ named: address, stays: [], refused: { kind: "failed", status, text } }];
  }
  return place === undefined ? [] : [{ named: address, stays: staysOf(address, route, placeName(place)) }];
}

function staysOf(address: string, route: Route, place: string): Stay[] {
  const destinations = route.kind === "to" ? route.destinations : [];
  if (place !== SORTING) return destinations.map(({ recipient }) => ({ recipient, place }));
  return [{ recipient: address, place, bound: destinations.map((one) => placeName(one.place)) }];
}
