import type { Duplex } from "node:stream";
import type { Outcome } from "#shared/mail/outcome.js";
import { type ReceiveReport, receivePackages } from "#shared/qmtp/receive.js";
import type { Accept } from "#shared/queue/accept.js";

/** Taking mail by QMTP from an office whose key is known: each mail id and recipient once. */
export interface LinkReceiveContext {
  /** Who is at the other end: an office's name. */
  readonly link: string;
  readonly accept: Accept;
  readonly partial: string;
  /** Bytes, as its first node takes it. */
  readonly maxMessage: number;
  readonly space: () => Outcome | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly signal: AbortSignal;
}

export function receiveFromLink(stream: Duplex, context: LinkReceiveContext): Promise<ReceiveReport> {
  return receivePackages(stream, {
    maxMessage: context.maxMessage,
    partial: context.partial,
    refuseNow: context.space,
    log: context.log,
    signal: context.signal,
    take: async (incoming) => {
      const { outcomes } = await context.accept({
        envelope: { sender: incoming.sender, recipients: incoming.recipients },
        spool: incoming.spool,
        origin: { relay: false, link: context.link },
        peer: { from: context.link, with: "QMTPS" },
        entrance: { listener: "link" },
        once: true,
        refusals: "answer",
      });
      return outcomes;
    },
  });
}
