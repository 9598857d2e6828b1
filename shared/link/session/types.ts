import type { ParcelClass } from "#shared/link/parcel.js";
import type { RecipientAnswer } from "#shared/link/wire/answer.js";
import type { ByeReason, DecodedFrame, Frame, Left, SkipReason } from "#shared/link/wire/frame-types.js";
import type { Hello } from "#shared/link/wire/hello.js";

/**
 * What the session machine is told and what it wants done. It knows no bytes of bodies, no disk and no socket; times are
 * ms of one monotonic clock.
 */
export interface Offer {
  /** The sender's own name for it, stable over sessions. */
  readonly key: string;
  readonly class: ParcelClass;
  /** As stored. */
  readonly bytes: number;
  readonly waitedMs: number;
  /** Was begun in an earlier session: the peer may hold a part of it. */
  readonly begun: boolean;
}

export type SessionEvent =
  /** The carrier is up. */
  | { readonly kind: "begin" }
  /**
   * All that waits now; it replaces what was offered before. `fresh`: in answer to `look`. `again`: on a line that stays
   * open, what the peer put off is offered once more.
   */
  | { readonly kind: "offers"; readonly offers: readonly Offer[]; readonly fresh: boolean; readonly again?: boolean }
  /** The peer's hello has been worked on: parcels that were begun may go on. */
  | { readonly kind: "peer-known" }
  | {
      readonly kind: "prepared";
      readonly key: string;
      readonly head: Uint8Array;
      /** Encoded bytes in all, and how many of them the peer holds already. */
      readonly length: number;
      readonly offset: number;
      /** Nothing is begun after it until everything is answered. */
      readonly pause: boolean;
    }
  /** It has gone, cannot be read, or may not go on this link. */
  | { readonly kind: "unready"; readonly key: string }
  /** What the peer could not decode will be encoded on less. */
  | { readonly kind: "mended"; readonly key: string }
  | { readonly kind: "frame"; readonly frame: Exclude<DecodedFrame, { kind: "parcel" }> }
  /** A parcel frame, of which `length` bytes are still to come. */
  | { readonly kind: "announced"; readonly stream: number; readonly length: number }
  /** The rest of an announced body is not wanted. */
  | { readonly kind: "unwanted"; readonly stream: number; readonly reason: SkipReason }
  /** The answer to a parcel; empty: taken for every recipient. */
  | { readonly kind: "answered"; readonly stream: number; readonly answers: readonly RecipientAnswer[] }
  | { readonly kind: "tick" }
  | { readonly kind: "stop"; readonly reason: ByeReason };

/** What the shell knows at each event. */
export interface Moment {
  readonly now: number;
  /** Bytes on the wire that the budget still allows, both directions; absent: no limit. */
  readonly bytesLeft?: number;
}

/** A part of one write; a piece of a body is filled in by the shell. */
export type Part =
  | { readonly kind: "frame"; readonly frame: Frame }
  | {
      readonly kind: "piece";
      readonly key: string;
      readonly stream: number;
      readonly offset: number;
      readonly length: number;
    };

export type SessionAction =
  /** One TLS record. */
  | { readonly do: "write"; readonly parts: readonly Part[] }
  /** `idle`: since the last one the line could always have taken more. */
  | { readonly do: "prepare"; readonly key: string; readonly stream: number; readonly idle: boolean }
  | { readonly do: "store"; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly do: "complete"; readonly stream: number }
  /** The whole body of a parcel of ours has been written. */
  | { readonly do: "sent"; readonly key: string }
  | { readonly do: "settle"; readonly key: string; readonly answers: readonly RecipientAnswer[] }
  /** The peer cannot decode it: encode it anew on less. */
  | { readonly do: "undecodable"; readonly key: string; readonly reason: SkipReason }
  | { readonly do: "peer"; readonly hello: Hello }
  /** Say what waits now (`offers`, fresh). */
  | { readonly do: "look" }
  /** How many bytes of ours the peer has taken. */
  | { readonly do: "peer-took"; readonly bytes: number }
  /** `linger`: the peer closes when it has read our good-bye; until then it may still answer. */
  | { readonly do: "close"; readonly ended: SessionEnd; readonly linger: boolean };

export interface SessionEnd {
  readonly kind: "drained" | "time" | "budget" | "stopped" | "cut";
  readonly reason?: string;
  /** What the peer has left for us, as its bye says; undefined when it did not. */
  readonly peerLeft?: { readonly messages: number; readonly bytes: number };
}

export interface SessionOptions {
  readonly dialler: boolean;
  readonly hello: Hello;
  /** Of the window, on the monotonic clock; absent: until drained. */
  readonly deadline?: number;
  /** The keys in the order in which they should go. */
  readonly rank: (offers: readonly Offer[]) => readonly string[];
}

export interface Watch {
  readonly phase: "talking" | "listening" | "closing";
  /** The parcel that is crossing, and how many of its encoded bytes have been written. */
  readonly current: { readonly key: string; readonly done: number } | undefined;
  /** What would stay behind if the session ended now. */
  readonly left: Left;
  readonly rate: { readonly up: number; readonly down: number };
}
