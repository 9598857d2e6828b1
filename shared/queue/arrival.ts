import type { Envelope } from "#shared/mail/envelope.js";
import type { Outcome } from "#shared/mail/outcome.js";
import type { ReceivedWith } from "#shared/mail/received.js";
import type { Filter } from "./filter.ts";
import type { Memory } from "./memory.ts";
import type { Entrance, Policies } from "./policies.ts";
import type { Origin, Router } from "./route.ts";
import type { Spool } from "./spool.ts";
import type { Store } from "./store.ts";
import type { Trace } from "./trace.ts";

/** A message at the front door, and what the door needs to take it. */
export interface Arrival {
  readonly envelope: Envelope;
  readonly spool: Spool;
  readonly origin: Origin;
  /** For the Received line. */
  readonly peer: { readonly from: string; readonly address?: string; readonly with: ReceivedWith };
  /** How it came in; absent for what the node makes itself, which is neither limited nor filtered. */
  readonly entrance?: Entrance;
  /** It is taken though nobody could look at it: that is done when it is sorted. */
  readonly unseen?: true;
  /** The policy of a message that the node makes itself; any other's is chosen here. */
  readonly policy?: string;
  /**
   * Id and recipient are remembered, so that a repeat delivers nothing twice. For mail from the authenticated link,
   * whose answer may have been lost (its id is that of its topmost Received line), and for reports of this node, which
   * it makes again when it died before the entry that they are about had gone.
   */
  readonly once?: boolean;
  /** The id of a message this node makes itself, or that the peer has named. */
  readonly mailId?: string;
  /** Fields of the entry at the peer that this version does not know: they are kept and passed on. */
  readonly fields?: Readonly<Record<string, string>>;
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
  /** What `trace` and receipts know. */
  readonly trace?: Trace;
  readonly policies?: Policies;
  /** Sees every message that comes in before it is taken. */
  readonly filter?: Filter;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
