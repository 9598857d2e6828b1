import type { Duplex } from "node:stream";
import { deferred, type Outcome } from "#shared/mail/outcome.js";
import { type IncomingPackage, type ReceiveReport, receivePackages } from "#shared/qmtp/receive.js";
import type { Accept } from "#shared/queue/accept.js";

/**
 * Taking mail from the other end of an authenticated link, hub or spoke: each mail id and recipient once, and
 * messages for the node itself, which only this door accepts.
 */
export interface LinkReceiveContext {
  /** Who is at the other end: an office's name, or "hub". */
  readonly link: string;
  readonly accept: Accept;
  readonly partial: string;
  /** Bytes, as its first node takes it. */
  readonly maxMessage: number;
  readonly space: () => Outcome | undefined;
  /** A message for the node itself (`NODE_LOCAL@host`); absent where none is expected. */
  readonly forNode?: (incoming: IncomingPackage) => Promise<Outcome>;
  /** Our host name: messages for the node come to this domain. */
  readonly host: string;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly signal: AbortSignal;
}

/**
 * What our own nodes add on the way (Received and Delivered-To lines) counts for nobody's limit: a message that one
 * node took at its limit would bounce at the next.
 */
const TRACE_ROOM = 64 * 1024;

/** Local part of the address of a node itself. No person may have it, and only a link delivers to it. */
export const NODE_LOCAL = "qrelay-node";

export function receiveFromLink(stream: Duplex, context: LinkReceiveContext): Promise<ReceiveReport> {
  const node = `${NODE_LOCAL}@${context.host}`.toLowerCase();
  // Packages are stored while later ones arrive; mail behind a list of people must be routed by that list.
  let known: Promise<boolean> = Promise.resolve(true);
  return receivePackages(stream, {
    maxMessage: context.maxMessage + TRACE_ROOM,
    partial: context.partial,
    refuseNow: context.space,
    log: context.log,
    signal: context.signal,
    take: async (incoming) => {
      const first = incoming.recipients[0]?.address.toLowerCase();
      if (context.forNode !== undefined && incoming.recipients.length === 1 && first === node) {
        const update = context.forNode(incoming);
        known = update.then(
          ({ kind }) => kind === "delivered",
          () => false,
        );
        return [await update];
      }
      if (!(await known)) {
        return incoming.recipients.map(() =>
          deferred("4.3.5", "the list of people before this mail could not be taken"),
        );
      }
      const { outcomes } = await context.accept({
        envelope: { sender: incoming.sender, recipients: incoming.recipients },
        spool: incoming.spool,
        origin: { relay: false, link: context.link },
        peer: { from: context.link, with: "QMTPS" },
        once: true,
        refusals: "answer",
      });
      return outcomes;
    },
  });
}
