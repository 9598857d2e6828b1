import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "#shared/io/lock.js";
import { whenAdded } from "#shared/link/when-added.js";
import { recoverMemory } from "#shared/queue/recover.js";
import { openLockFile } from "#spoke/directory/open.js";
import type { Link } from "./config.ts";
import { noteContact } from "./history.ts";
import { dialHub, holdWithHub, lineOf } from "./hub-link.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";
import { startFlush } from "./start-flush.ts";

/**
 * A link that is always on line: one session that stays open, so that mail leaves in either direction as soon as it is
 * there. A broken line is dialled again, ever more slowly.
 */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export async function keepOpen(node: SpokeNode, link: Link, signal: AbortSignal): Promise<void> {
  if (link.protocol === "qmtp") return sendWhenThereIs(node, link, signal);
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const began = node.now();
    await oneSession(node, link, signal);
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

async function oneSession(node: SpokeNode, link: Link, signal: AbortSignal): Promise<void> {
  const lock = takeLock(openLockFile, node.config.dir, "flush");
  if ("heldBy" in lock) return;
  try {
    await recoverMemory(node.directory.memory);
    const carrier = await dialHub(node, link, signal);
    node.log("window-open", { link: link.name });
    noteContact(node);
    const { ended, reason } = await holdWithHub(node, carrier, {
      dialler: true,
      line: lineOf(link, true),
      via: link.name,
      stop: signal,
      abort: afterGrace(signal),
    });
    node.log("window-close", { link: link.name, ended, ...(reason === undefined ? {} : { reason }) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    node.log("window-close", { link: link.name, ended: "unreachable", reason });
  } finally {
    lock.release();
  }
}

/** A node that stops says good-bye, but does not wait long for a line that is dead. */
const GRACE_MS = 3000;

export function afterGrace(signal: AbortSignal): AbortSignal {
  const late = new AbortController();
  const arm = (): void => void setTimeout(() => late.abort(), GRACE_MS).unref();
  if (signal.aborted) arm();
  else signal.addEventListener("abort", arm, { once: true });
  return late.signal;
}
