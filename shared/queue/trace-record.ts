import type { Outcome } from "#shared/mail/outcome.js";
import type { Trace } from "./trace.ts";

/** What the trace of a node can be asked. Times are milliseconds since 1970; addresses are in the form of `addressKey`. */
export interface TraceBook extends Trace {
  /**
   * Mail by its mail id, its Message-ID (with or without angle brackets) or an address of its envelope; newest first.
   * Reads everything there is: a person is asking.
   */
  find(what: string, limit: number): TraceRecord[];

  /** What the other end of a link has not been told, oldest first; about `limit` stays are read. */
  owed(link: string, limit: number): Owed[];
  /** Recipients of one message as that link named them. */
  namedBy(link: string, mailId: string): string[];
  /** Mail ids of one link (or of all) that begin so. */
  beginningWith(prefix: string, link?: string): string[];
  /** These have been told; what has changed since is owed still. */
  told(told: readonly Owed[]): void;

  /** Who the mail with exactly this id went to over the link that `place` empties. */
  sentFrom(place: string, mailId: string): SentRecipient[];
  /** What the other end says became of mail that was sent; a final word is not taken back. False: known already. */
  learn(recipient: SentRecipient, news: News, now: number): boolean;
}

export interface TraceRecord {
  readonly mailId: string;
  readonly messageId: string;
  /** Empty for a report. */
  readonly sender: string;
  readonly from: string;
  /** Empty when it did not come over a link. */
  readonly link: string;
  readonly at: number;
  /** In order of time; at most 1,000. */
  readonly stays: readonly StayRecord[];
}

/** `waits` is the only one that no queue or peer has said; `passed` left for another place of this node. */
export type StayOutcome = "waits" | "passed" | "several" | Outcome["kind"];

export interface StayRecord {
  /** As the peer named it. */
  readonly named: string;
  readonly recipient: string;
  /** As `placeName` gives it; `DOOR` or `OTHER_END`. */
  readonly place: string;
  readonly since: number;
  readonly outcome: StayOutcome;
  readonly status: string;
  readonly text: string;
  /** When the outcome was; 0 while it waits. */
  readonly at: number;
  /** The link it crossed, as the configuration names it. */
  readonly via: string;
  /** The other end of the link that brought it has been told of this outcome. */
  readonly told: boolean;
  /** When we were told, for news of the other end; else 0. */
  readonly heardAt: number;
  /** Where it arrived, when that is another address. */
  readonly reached: string;
  /** Of `several`: how many they are, and how many of them are settled how. */
  readonly people: number;
  readonly arrived: number;
  readonly lost: number;
}

/** The place of a recipient that was refused at the door. */
export const DOOR = "";
/** The place of a recipient that is the other end's now; what is said of it there was told by receipts. */
export const OTHER_END = "hub";

export interface Owed {
  readonly mailId: string;
  readonly named: string;
  readonly stays: readonly { readonly id: number; readonly outcome: string }[];
  readonly news: News;
}

export type News =
  | {
      readonly kind: "delivered" | "deferred" | "failed";
      /** Empty when delivered. */
      readonly status: string;
      readonly text: string;
      readonly at: number;
      /** The address that it is about, when that is not the named one. */
      readonly reached: string;
    }
  | {
      readonly kind: "several";
      readonly people: number;
      readonly arrived: number;
      readonly lost: number;
      readonly at: number;
    };

/** One recipient of one message in a trace. */
export interface SentRecipient {
  readonly mail: number;
  readonly named: string;
  readonly recipient: string;
}
