import type { ReceiveReport } from "#shared/qmtp/receive.js";

/** What a window tells while it is open, and after it (pure). */
export interface FlushProgress {
  readonly sent: number;
  readonly bytes: number;
  readonly wire: { readonly up: number; readonly down: number };
}

export interface Totals {
  readonly messages: number;
  readonly recipients: number;
  readonly bytes: number;
}

/** As `flush --json` prints it. */
export interface FlushReport {
  readonly ended: "drained" | "time" | "budget" | "cut" | "refused" | "unreachable" | "busy";
  readonly reason?: string;
  readonly seconds: number;
  readonly wire: { readonly up: number; readonly down: number };
  readonly sent: Totals;
  readonly received: Totals;
  /** What waits at this node. */
  readonly left: { readonly messages: number; readonly bytes: number };
  readonly failed: readonly { readonly recipient: string; readonly status: string; readonly reason: string }[];
}

export const NOTHING: Totals = { messages: 0, recipients: 0, bytes: 0 };

export function failedFetch(reason: unknown): ReceiveReport {
  return { ...NOTHING, ended: "cut", reason: reason instanceof Error ? reason.message : String(reason) };
}

export function together(one: ReceiveReport | undefined, two: ReceiveReport | undefined): ReceiveReport | undefined {
  if (one === undefined || two === undefined) return one ?? two;
  return {
    ...two,
    messages: one.messages + two.messages,
    recipients: one.recipients + two.recipients,
    bytes: one.bytes + two.bytes,
  };
}

export function totals({ messages, recipients, bytes }: Totals): Totals {
  return { messages, recipients, bytes };
}
