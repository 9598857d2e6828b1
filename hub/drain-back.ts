import type { HubNode } from "./node.ts";
import { officeQueue } from "./router.ts";

/** The port of a stock qmail-qmtpd. */
const QMTP_PORT = 209;

/**
 * What AutoTURN and qturn did: a stock office that has just connected gets its mail at the address it came from.
 * A qmail host opens a connection for each message: calls that come while one drain runs make one more after it.
 */
export function drainBack(node: HubNode, signal: AbortSignal): (office: string, address: string) => void {
  /** Offices being drained, and where to call again when that has ended. */
  const running = new Map<string, string | undefined>();
  const drain = async (name: string, first: string): Promise<void> => {
    for (let address: string | undefined = first; address !== undefined && !signal.aborted; ) {
      running.set(name, undefined);
      await drainOnce(node, name, address, signal);
      address = running.get(name);
    }
  };
  return (name, address) => {
    if (running.has(name)) {
      running.set(name, address);
      return;
    }
    drain(name, address)
      .catch((error: unknown) => node.log("internal-error", { where: `drain of ${name}`, text: String(error) }))
      .finally(() => running.delete(name));
  };
}

async function drainOnce(node: HubNode, name: string, address: string, signal: AbortSignal): Promise<void> {
  const office = node.directory.offices.get(name);
  if (office === undefined || office.paused) return;
  // An office that only sends may have no server: it is not called for nothing.
  if ((await node.store.queue(officeQueue(name)).list()).length === 0) return;
  const port = office.dial?.startsWith("qmtp:") ? new URL(office.dial).port || QMTP_PORT : QMTP_PORT;
  const host = address.includes(":") ? `[${address}]` : address;
  const result = await node.links.dial(office, `qmtp://${host}:${port}`, signal);
  if (result.ended === "unreachable")
    node.log("link-refused", { office: name, peer: `${address}:${port}`, reason: result.reason });
}
