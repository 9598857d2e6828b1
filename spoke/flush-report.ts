/** What a window tells while it is open, and after it (pure). */
export interface FlushProgress {
  readonly sent: number;
  readonly bytes: number;
  readonly wire: { readonly up: number; readonly down: number };
  readonly phase?: "dialling" | "talking" | "listening" | "closing";
  readonly seconds?: number;
  /** Bytes a second on the line, measured. */
  readonly rate?: { readonly up: number; readonly down: number };
  readonly up?: Direction;
  readonly down?: Direction;
  /** When the window is over. */
  readonly endsInMs?: number;
}

export interface Direction {
  readonly messages: number;
  readonly bytes: number;
  /** What is crossing: a mail id, and its encoded bytes. */
  readonly current?: { readonly what: string; readonly done: number; readonly of: number };
  readonly left?: { readonly messages: number; readonly bytes: number };
  readonly next?: string;
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
  /** What headquarters still has for this office, by its own word; absent: nothing. */
  readonly atHub?: { readonly messages: number; readonly bytes: number };
  readonly failed: readonly { readonly recipient: string; readonly status: string; readonly reason: string }[];
}

export const NOTHING: Totals = { messages: 0, recipients: 0, bytes: 0 };

export function totals({ messages, recipients, bytes }: Totals): Totals {
  return { messages, recipients, bytes };
}
