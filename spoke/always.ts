import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { type Lock, takeLock } from "#shared/io/lock.js";
import { whenAdded } from "#shared/link/when-added.js";
import { recoverMemory } from "#shared/queue/recover.js";
import { openLockFile } from "#spoke/directory/open.js";
import type { Link } from "./config.ts";
import { noteContact } from "./history.ts";
import { type Carrier, dialHub, LINK_ALPN, receiveInbound, sendOutbound } from "./hub-link.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";
import { startFlush } from "./start-flush.ts";

/**
 * A link that is always on line: one connection up, one down, both kept open, so that mail leaves in either
 * direction as soon as it is there. A broken line is dialled again, ever more slowly.
 */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export async function keepOpen(node: SpokeNode, link: Link, signal: AbortSignal): Promise<void> {
  if (link.connect.scheme === "qmtp") return sendWhenThereIs(node, link, signal);
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const began = node.now();
    await oneConnection(node, link, signal);
    pause = node.now() - began > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : Math.min(pause * 2, LONGEST_PAUSE_MS);
    // Rejects only when the node stops.
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

/** A stock peer takes mail only, and closes idle connections: it is called when there is something for it. */
async function sendWhenThereIs(node: SpokeNode, link: Link, signal: AbortSignal): Promise<void> {
  do {
    try {
      const waiting = await node.store.queue(OUTBOUND).list();
      if (waiting.length > 0) await startFlush(node, { link: link.name }, signal);
    } catch (error) {
      // A disk in trouble now may be well in a minute; the link must not be given up for it.
      node.log("internal-error", { where: `link ${link.name}`, text: String(error) });
    }
  } while (await whenAdded(node.store, OUTBOUND, signal));
}

async function oneConnection(node: SpokeNode, link: Link, signal: AbortSignal): Promise<void> {
  const broken = new AbortController();
  const both = AbortSignal.any([signal, broken.signal]);
  const carriers: Carrier[] = [];
  const dial = async (alpn: string): Promise<Carrier> => {
    const carrier = await dialHub(node, link.connect, alpn, both);
    carriers.push(carrier);
    return carrier;
  };
  let lock: Lock | undefined;
  try {
    const taken = takeLock(openLockFile, node.config.dir, "flush");
    if ("heldBy" in taken) return;
    lock = taken;
    await recoverMemory(node.directory.memory);
    const down = await dial(LINK_ALPN.stay);
    const up = await dial(LINK_ALPN.send);
    node.log("window-open", { link: link.name });
    noteContact(node);
    const received = receiveInbound(node, down.stream as TLSSocket, both).finally(() => broken.abort());
    const sent = sendOutbound(node, up, {
      via: link.name,
      mayStart: (bytes) => (link.maxMessage !== undefined && bytes > link.maxMessage ? "skip" : "yes"),
      stay: true,
      signal: both,
    }).finally(() => broken.abort());
    const [report] = await Promise.all([sent, received]);
    node.log("window-close", {
      link: link.name,
      ended: "cut",
      ...(report.reason === undefined ? {} : { reason: report.reason }),
    });
  } catch (error) {
    node.log("window-close", {
      link: link.name,
      ended: "unreachable",
      reason: error instanceof Error ? error.message : String(error),
    });
  } finally {
    broken.abort();
    for (const { stream } of carriers) stream.destroy();
    lock?.release();
  }
}
