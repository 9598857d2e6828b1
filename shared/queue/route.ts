import type { Envelope, Recipient } from "#shared/mail/envelope.js";
import { listHeaders, type MailingList } from "#shared/mail/list-headers.js";
import { failed, type Outcome } from "#shared/mail/outcome.js";
import { senderAfter } from "#shared/mail/sender-after.js";
import { encodeXtext } from "#shared/mail/xtext.js";
import type { Place } from "./store.ts";

/**
 * What hub and spoke tell the queue about a recipient, and how recipients that go to the same place
 * are gathered into one copy (pure).
 */
export interface Origin {
  /** May send anywhere: own people, relay clients, our own reports. */
  readonly relay: boolean;
  /** Came over the authenticated link: the office's name at the hub, "hub" at a spoke. */
  readonly link?: string;
  /** A stock qmail office known by its network. */
  readonly office?: string;
  /** It follows somebody to another office (`old-mail.ts`). */
  readonly oldMail?: true;
  /** It was accepted before and is being sorted. */
  readonly sorted?: true;
  /** Envelope sender, where it is known: not everybody may write to every list. */
  readonly sender?: string;
}

export interface Destination {
  readonly place: Place;
  readonly recipient: string;
  /** The envelope sender from here on, for a list that has an owner; a bounce keeps its own. */
  readonly sender?: string;
  /** The list that led there, for the header. */
  readonly list?: MailingList;
  /** Others have the message by the same record (`beside.ts`). */
  readonly beside?: true;
  /** Largest message the place takes, in bytes. */
  readonly limit?: number;
  /** The hub's route by which it goes on, where the next host is to be asked first whether it takes the recipient. */
  readonly probe?: string;
  /** How much mail the mailbox may hold, in bytes. */
  readonly quota?: number;
}

/** A member that leads nowhere. */
export interface MemberProblem {
  readonly recipient: string;
  readonly outcome: Outcome;
  /** Who is told: the list's owner, and the sender where it has none. */
  readonly sender?: string;
}

export type Route =
  | {
      readonly kind: "to";
      readonly destinations: readonly Destination[];
      /** An alias was expanded: its address, which the copies carry as Delivered-To against loops. */
      readonly expanded?: string;
      /**
       * It goes back where it may have come from, once: under its own mail id it would be taken there for a repeat. The
       * copies are messages of their own, with an id that follows from the first one's.
       */
      readonly renewed?: true;
      /** Another sender, or the next message, may be answered otherwise though the directory is the same. */
      readonly forNow?: boolean;
      /** Members that lead nowhere while others do: each is failed or deferred on its own. */
      readonly problems?: readonly MemberProblem[];
    }
  | { readonly kind: "refused"; readonly status: string; readonly text: string }
  | { readonly kind: "deferred"; readonly status: string; readonly text: string };

/** Never throws for an address; a throw means a broken directory and becomes a deferral. */
export type Router = (recipient: string, origin: Origin) => Route;

/**
 * A recipient's route, with the rules that hold for every router: a broken directory defers, an alias that this
 * message has already come through (its own Delivered-To line) ends the loop, and what is too large for a place
 * does not go there.
 */
export function routeSafely(
  context: { readonly route: Router; readonly log: (event: string, fields: Record<string, unknown>) => void },
  address: string,
  origin: Origin,
  message: { readonly deliveredTo: ReadonlySet<string>; readonly size: number },
): Route {
  try {
    const route = context.route(address, origin);
    if (route.kind === "to" && route.expanded !== undefined && message.deliveredTo.has(route.expanded.toLowerCase())) {
      return {
        kind: "refused",
        status: "5.4.6",
        text: `mail for ${route.expanded} has been there before, it is looping`,
      };
    }
    return route.kind === "to" ? withinLimits(route, message.size) : route;
  } catch (error) {
    context.log("internal-error", { where: "routing", recipient: address, text: String(error) });
    return { kind: "deferred", status: "4.3.0", text: "the directory cannot be read, try again later" };
  }
}

function withinLimits(route: Route & { kind: "to" }, size: number): Route {
  const tooLarge = route.destinations.filter(({ limit }) => limit !== undefined && size > limit);
  if (tooLarge.length === 0) return route;
  const text = (limit: number | undefined): string =>
    `this message has ${size} bytes and that office takes at most ${limit}`;
  if (tooLarge.length === route.destinations.length)
    return { kind: "refused", status: "5.3.4", text: text(tooLarge[0]?.limit) };
  return {
    ...route,
    destinations: route.destinations.filter((destination) => !tooLarge.includes(destination)),
    problems: [
      ...(route.problems ?? []),
      ...tooLarge.map(({ recipient, limit, sender }) => ({
        recipient,
        outcome: failed("5.3.4", text(limit)),
        ...(sender === undefined ? {} : { sender }),
      })),
    ],
  };
}

export interface Copy {
  readonly place: Place;
  readonly recipients: readonly Recipient[];
  /** Aliases this copy came through. */
  readonly traces: readonly string[];
  readonly sender: string;
  /** The list that it came through; of several with one owner, one. */
  readonly list?: MailingList;
  readonly renewed?: true;
  readonly beside?: true;
  /** How much mail the mailbox may hold, in bytes. */
  readonly quota?: number;
}

/** Names a copy among those of one message. */
export function copyKey(copy: Pick<Copy, "place" | "sender" | "renewed" | "beside">): string {
  const { place, sender, renewed, beside } = copy;
  return [place.kind, place.name, sender, renewed ?? "", beside ?? ""].join("\0");
}

/** What goes on from a list's owner is the owner's message: what the writer wanted to hear of is no matter of his (RFC 3461 §5.2.7). */
export function envelopeOf({ sender, recipients }: Copy, original: Envelope): Envelope {
  if (sender === original.sender) return { ...original, recipients };
  const { smtputf8 } = original;
  return {
    sender,
    recipients: recipients.map(({ notify: _, ...recipient }) => recipient),
    ...(smtputf8 === undefined ? {} : { smtputf8 }),
  };
}

/**
 * One copy per place, sender and alias that it came through, however many recipients it has there: what stands on top of a copy is for
 * all who get it, and nobody shall read who else was written to, nor be taken for somebody who has had it before. Whoever is reached in
 * several ways gets one.
 */
export function copiesOf(
  routed: readonly { recipient: Recipient; route: Route & { kind: "to" } }[],
  original: string,
): Copy[] {
  const copies = new Map<
    string,
    Omit<Copy, "recipients" | "traces"> & { recipients: Map<string, Recipient>; traces: Set<string> }
  >();
  const reached = new Set<string>();
  for (const { recipient, route } of routed) {
    for (const { place, recipient: address, sender: owner, list, quota, beside } of route.destinations) {
      const sender = senderAfter(owner, original);
      const kind = {
        ...(route.renewed === true ? { renewed: true as const } : {}),
        ...(beside === true ? { beside: true as const } : {}),
      };
      const known = address.toLowerCase();
      const whole = copyKey({ place, sender, ...kind });
      if (reached.has(`${whole}\0${known}`)) continue;
      reached.add(`${whole}\0${known}`);
      const key = `${whole}\0${(route.expanded ?? "").toLowerCase()}`;
      const listed = { ...(list === undefined ? {} : { list }), ...(quota === undefined ? {} : { quota }) };
      const copy = copies.get(key) ?? {
        place,
        sender,
        ...listed,
        ...kind,
        recipients: new Map(),
        traces: new Set(),
      };
      copies.set(key, copy);
      copy.recipients.set(known, renamed(recipient, address));
      if (route.expanded !== undefined) copy.traces.add(route.expanded);
    }
  }
  return [...copies.values()].map(({ recipients, traces, ...copy }) => ({
    ...copy,
    recipients: [...recipients.values()],
    traces: [...traces],
  }));
}

/** A recipient under its next name; reports still speak of the one its sender wrote (RFC 3461 §5.2.1). */
export function renamed(recipient: Recipient, address: string): Recipient {
  if (recipient.address.toLowerCase() === address.toLowerCase()) return { ...recipient, address };
  return { ...recipient, address, orcpt: recipient.orcpt ?? `rfc822;${encodeXtext(recipient.address)}` };
}

/** The top of a copy: Delivered-To, so that a loop through an outside forward ends here, and what a list says of itself. */
export function topLines({ traces, list }: Pick<Copy, "traces" | "list">): Uint8Array {
  const delivered = traces.map((address) => `Delivered-To: ${address}\n`).join("");
  return Buffer.from(`${delivered}${list === undefined ? "" : listHeaders(list)}`);
}
