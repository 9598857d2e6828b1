import type { MaildirEntry } from "node-maildir";
import type { Outcome } from "#shared/mail/outcome.js";
import type { OpenEntry, Queue } from "#shared/queue/queue.js";
import type { Tally } from "./send-report.ts";

/** What a drain needs to know and whom it tells. */
export interface SendOptions {
  readonly queue: Queue;
  /** The peer's name for outcomes and logs. */
  readonly remote: string;
  /** Settles one answered entry; durable when it returns. */
  readonly settle: (open: OpenEntry, outcomes: readonly Outcome[]) => Promise<void>;
  /** Called before each look at the queue: what must be in it by then. */
  readonly prepare?: () => Promise<void>;
  /** What goes before the rest, though it may be younger. */
  readonly first?: (entry: MaildirEntry) => boolean;
  /** May an entry of this many bytes be started now? "skip" leaves it for another link, "stop" ends the drain (budget, time). */
  readonly mayStart: (bytes: number) => "yes" | "skip" | "stop";
  /** For a link that stays open: resolves when there may be more, false when it shall end. Without it a drained queue ends. */
  readonly more?: (signal: AbortSignal) => Promise<boolean>;
  readonly onProgress?: (sent: Tally) => void;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly signal: AbortSignal;
}
