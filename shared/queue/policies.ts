import type { SettlePolicy } from "./settlement.ts";

/**
 * Queue policies: what is special about the mail of an account, a listener or a sender's domain. Which one a message has is
 * decided once, at the front door, and stands in its entry by name: it holds whatever the administrator changes, and one
 * that has been removed since means the node's own settings.
 */
export const LISTENERS = ["smtp", "submission", "qmtp", "link"] as const;
export type Listener = (typeof LISTENERS)[number];

/** How a message came in; a message that the node makes itself has none. */
export interface Entrance {
  readonly listener: Listener;
  /** Who has logged in, as typed: a full address. */
  readonly account?: string;
}

/** What the queue must know of a policy. Absent: as everybody's. */
export interface EntryPolicy {
  /** Seconds. */
  readonly lifetime?: number;
  /** Seconds; Infinity for none. */
  readonly delayNotice?: number;
  /** Bytes. */
  readonly maxMessage?: number;
  /** In the header of reports; their envelope sender stays empty. */
  readonly bounceFrom?: string;
  readonly doubleBounceTo?: string;
  /** Entries under way at once in the Internet queue. */
  readonly concurrency?: number;
}

/** The policies of a node. May throw when they cannot be read. */
export interface Policies {
  /** The name of the policy that a message gets. */
  choose(entrance: Entrance, sender: string): string | undefined;
  /** undefined when it is not there any more. */
  get(name: string): EntryPolicy | undefined;
  /** The shortest time, in seconds, at which an entry with a policy may have to be looked at. */
  shortest(): number;
}

interface WithPolicies {
  /** Absent where there are none. */
  readonly policies?: Policies;
}

type Fields = Readonly<Record<string, string>>;

/** The field of an entry that names its policy. */
export function policyFields(policy: string | undefined): Record<string, string> {
  return policy === undefined ? {} : { policy };
}

export function policyOf({ policies }: WithPolicies, { policy }: Fields): EntryPolicy | undefined {
  return policy === undefined ? undefined : policies?.get(policy);
}

/** How an entry with these fields is settled, in a queue whose others are settled by `given`. */
export function settlePolicyOf(context: WithPolicies, fields: Fields, given: SettlePolicy): SettlePolicy {
  const { lifetime, delayNotice } = policyOf(context, fields) ?? {};
  return {
    ...given,
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(delayNotice === undefined ? {} : { delayNotice }),
  };
}

/** What our own nodes add on the way counts for nobody's limit: a message that one node took would bounce at the next. */
export const TRACE_ROOM = 64 * 1024;

/** Bytes that a message with this policy may have; undefined: as many as the node takes. */
export function sizeLimit(
  context: WithPolicies,
  { listener }: Entrance,
  policy: string | undefined,
): number | undefined {
  const limit = policyOf(context, policyFields(policy))?.maxMessage;
  return limit === undefined || listener !== "link" ? limit : limit + TRACE_ROOM;
}

/** Why a message of so many bytes is not taken. */
export function overLimit(
  context: WithPolicies,
  entrance: Entrance,
  policy: string | undefined,
  size: number,
): string | undefined {
  const limit = sizeLimit(context, entrance, policy);
  if (limit === undefined || size <= limit) return undefined;
  return `this message has ${size} bytes, and mail of ${policy} may have ${limit}`;
}
