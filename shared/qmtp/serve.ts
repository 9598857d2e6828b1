import type { Socket } from "node:net";
import { permit, type Ruleset } from "#shared/config/rules.js";
import { listenTcp } from "#shared/io/tcp-listen.js";
import type { Outcome } from "#shared/mail/outcome.js";
import type { Accept } from "#shared/queue/accept.js";
import { receivePackages } from "./receive.ts";

/** Plain QMTP for stock peers: who may do what follows from their network alone (in place of tcprules). */
export interface QmtpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly rules: Ruleset;
  readonly accept: Accept;
  readonly partial: string;
  readonly maxMessage: number;
  readonly maxClients: number;
  readonly space: () => Outcome | undefined;
  /** A connection from a network that counts as an office has ended: its queue may go back to that address. */
  readonly onOfficeLeft?: (office: string, address: string) => void;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

/** No byte for this long ends a connection; a slow line always moves something. */
const IDLE_MS = 20 * 60_000;

export async function serveQmtp(options: QmtpServerOptions) {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const listener = await listenTcp({ host: options.host, port: options.port }, (socket) => {
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    const may = permit(options.rules, address, { allow: true, relay: false });
    if (!may.allow || running.size >= options.maxClients) {
      options.log("link-refused", {
        peer: address,
        reason: may.allow ? "too many connections" : "refused by qmtp.rule",
      });
      socket.destroy();
      return;
    }
    const work = serveOne(socket, address, may, options, stop.signal).finally(() => running.delete(work));
    running.add(work);
  });
  return {
    host: listener.host,
    port: listener.port,
    close: async (): Promise<void> => {
      stop.abort();
      await Promise.all([listener.close(), ...running]);
    },
  };
}

async function serveOne(
  socket: Socket,
  address: string,
  may: { readonly relay: boolean; readonly office?: string },
  options: QmtpServerOptions,
  signal: AbortSignal,
): Promise<void> {
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on("error", () => undefined);
  const office = may.office === undefined ? {} : { office: may.office };
  const report = await receivePackages(socket, {
    maxMessage: options.maxMessage,
    partial: options.partial,
    refuseNow: options.space,
    log: options.log,
    signal,
    take: async ({ sender, recipients, spool }) => {
      const { outcomes } = await options.accept({
        envelope: { sender, recipients },
        spool,
        origin: { relay: may.relay, ...office },
        peer: { from: "unknown", address, with: "QMTP" },
        entrance: { listener: "qmtp" },
        refusals: "answer",
      });
      return outcomes;
    },
  });
  options.log("link-session", { peer: address, ...office, direction: "in", with: "QMTP", ...report });
  socket.destroySoon();
  if (may.office !== undefined && !signal.aborted) options.onOfficeLeft?.(may.office, address);
}
