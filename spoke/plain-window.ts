import { sendQueue } from "#shared/qmtp/send.js";
import type { SendReport } from "#shared/qmtp/send-report.js";
import { settle } from "#shared/queue/settle.js";
import type { Carrier } from "./hub-link.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";
import { withdrawAliases } from "./tell-aliases.ts";

/**
 * Plain QMTP to a stock peer: the outbound queue goes up, nothing comes down. Mail is removed only when the peer has
 * answered for it; what was on the way when the line broke is sent again, for the peer has no memory of ids.
 */
export interface PlainOptions {
  /** For `trace`. */
  readonly via: string;
  /** Bytes of a message that may cross. */
  readonly maxMessage?: number;
  /** Whether a message of so many bytes may still be begun in this window. */
  readonly mayStart: (bytes: number) => "yes" | "stop";
  readonly onProgress?: (sent: { readonly messages: number; readonly bytes: number }) => void;
  readonly signal: AbortSignal;
}

export function sendPlain(node: SpokeNode, carrier: Carrier, options: PlainOptions): Promise<SendReport> {
  const { store, engine, linkPolicy, log } = node;
  const queue = store.queue(OUTBOUND);
  const context = engine.settleContext(linkPolicy, options.via);
  const { maxMessage, mayStart, onProgress, signal } = options;
  return engine.exclusively(OUTBOUND, () =>
    sendQueue(carrier.stream, {
      queue,
      remote: "hub",
      prepare: () => withdrawAliases(node),
      settle: async (open, outcomes) => void (await settle(context, queue, open, outcomes)),
      mayStart: (bytes) => (maxMessage !== undefined && bytes > maxMessage ? "skip" : mayStart(bytes)),
      ...(onProgress === undefined ? {} : { onProgress }),
      log,
      signal,
    }),
  );
}
