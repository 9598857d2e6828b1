import type { Outcome } from "#shared/mail/outcome.js";
import type { Place } from "./store.ts";

/**
 * What a node remembers of the way of its mail, for `trace` and for receipts: where each recipient's copy stays or
 * stayed, and what became of it there. History only, never a promise: a crash between mail and note loses the note.
 *
 * A *stay* is one recipient at one place. A recipient as the peer named it may go through several stays (the sorting
 * queue, then another office's), and through several at once (an alias).
 */
export interface Trace {
  /** A message was taken, durably, for at least one recipient, or refused for all. */
  accepted(mail: TracedMail): void;
  /** Recipients left a place for others without leaving this node: sorted, or moved with a person. */
  passed(passage: Passage): void;
  /** A queue got answers for an entry. */
  settled(settling: Settling): void;
  /** Forgets what is old, and what is too much. `now` in ms since 1970; returns messages forgotten. */
  prune(now: number): number;
}

/** Who brought a message over a link or from an office; neither for everybody else. */
export interface TracedOrigin {
  /** The authenticated link, which is owed receipts: an office's name at the hub, "hub" at a spoke. */
  readonly link?: string;
  /** A stock office known by its network. */
  readonly office?: string;
}

export interface TracedMail {
  readonly mailId: string;
  /** As the header has it, with its angle brackets. */
  readonly messageId?: string;
  readonly sender: string;
  /** For people: an address, a host or a link. */
  readonly from: string;
  readonly origin: TracedOrigin;
  readonly recipients: readonly TracedRecipient[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface TracedRecipient {
  /** As the peer named it. */
  readonly named: string;
  readonly stays: readonly Stay[];
  /** Refused at the door: the peer knows it already. */
  readonly refused?: Outcome & { readonly kind: "failed" };
}

export interface Stay {
  readonly recipient: string;
  /** As `placeName` gives it. */
  readonly place: string;
  /** Where the routing sends it, if it is not there yet. */
  readonly bound?: readonly string[];
}

export interface Passage {
  readonly mailId: string;
  readonly origin: TracedOrigin;
  /** The place that was left. */
  readonly place: string;
  /** Nowhere: it stays for now, and the settling says why. */
  readonly moves: readonly { readonly recipient: string; readonly to: readonly Stay[] }[];
  /** For mail that did not come by the front door: sendmail writes to the sorting queue when nobody listens. */
  readonly mail?: Pick<TracedMail, "messageId" | "sender" | "from" | "at">;
  readonly at: number;
}

export interface Settling {
  readonly mailId: string;
  readonly origin: TracedOrigin;
  readonly place: string;
  /** The link that the queue is being emptied over, as the configuration names it. */
  readonly via?: string;
  readonly outcomes: readonly { readonly recipient: string; readonly outcome: Outcome }[];
  readonly at: number;
}

/** A queue by its name, a mailbox as `mailbox/NAME`: as in the log. */
export function placeName(place: Place): string {
  return place.kind === "queue" ? place.name : `mailbox/${place.name}`;
}

/** In a mailbox a message has arrived; everywhere else it is on its way. */
export function isMailbox(place: string): boolean {
  return place.startsWith("mailbox/");
}

/** Where messages stay before they are routed. */
export const SORTING = "sorting";

/** A disk that cannot take the note must not keep mail from moving (P7): it is logged, and the mail goes on. */
export function noteTrace(
  context: { readonly trace?: Trace; readonly log: (event: string, fields: Record<string, unknown>) => void },
  write: (trace: Trace) => void,
): void {
  if (context.trace === undefined) return;
  try {
    write(context.trace);
  } catch (error) {
    context.log("internal-error", { where: "trace", text: String(error) });
  }
}

/** Queues that the node works by itself. Entries of all others may cross a link, where each byte is paid for. */
const OWN_WORK: ReadonlySet<string> = new Set([SORTING, "internet", "programs", "moderation"]);

/** What an entry at `place` keeps of who brought it, so that whoever settles it knows whom to tell. */
export function originFields(place: Place, { link, office }: TracedOrigin): Record<string, string> {
  if (place.kind !== "queue" || !OWN_WORK.has(place.name)) return {};
  return { ...(link === undefined ? {} : { link }), ...(office === undefined ? {} : { office }) };
}

/** Who brought an entry, by the fields that the front door gave it. */
export function originOfFields({ link, office }: Readonly<Record<string, string>>): TracedOrigin {
  return { ...(link === undefined ? {} : { link }), ...(office === undefined ? {} : { office }) };
}
