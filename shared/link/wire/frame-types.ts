import type { Answer } from "./answer.ts";
import type { Hello } from "./hello.ts";

/**
 * What one side says to the other: netstrings whose first byte is their kind (pure; PROTOCOL.md has each field). A kind
 * that this version does not know is skipped, so that versions can differ.
 */
export type Frame =
  | { readonly kind: "hello"; readonly hello: Hello }
  /** The header is read where the history is known (`parcel-head.ts`). */
  | { readonly kind: "parcel"; readonly stream: number; readonly head: Uint8Array }
  | { readonly kind: "data"; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "skip"; readonly stream: number; readonly reason: SkipReason }
  /** All bytes of frames taken so far in this session. */
  | { readonly kind: "received"; readonly bytes: number }
  /** `left` waits here, all that cannot go in this session included. */
  | { readonly kind: "turn"; readonly more: boolean; readonly received: number; readonly left: Left }
  | { readonly kind: "bye"; readonly reason: ByeReason; readonly left: Left };

export interface Left {
  readonly messages: number;
  /** As stored. */
  readonly bytes: number;
}

/** Why the receiver wants no (more) body. All but the last two are followed by an answer. */
export const SKIP_REASONS = ["have", "refused", "no-room", "history-unknown", "damaged"] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export const BYE_REASONS = ["drained", "time", "budget", "going-down", "protocol-error"] as const;
export type ByeReason = (typeof BYE_REASONS)[number];

/** What a decoder gives: frames, and at most one error as the last. */
export type DecodedFrame = Frame | { readonly kind: "error"; readonly reason: string };
