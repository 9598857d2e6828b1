import { takeLock } from "#shared/io/lock.js";
import { allowance } from "#shared/link/budget.js";
import { recoverMemory } from "#shared/queue/recover.js";
import { openLockFile } from "#spoke/directory/open.js";
import { type LinkRequest, linksFor } from "./choose-link.ts";
import type { Link } from "./config.ts";
import { type FlushReport, runWindow, type WindowOptions } from "./flush.ts";
import { NOTHING } from "./flush-report.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";

/** What a flush was asked for, on the command line or by the schedule. */
export interface FlushRequest extends LinkRequest {
  readonly forMs?: number;
  readonly budget?: number;
}

export interface FlushSignals {
  /** Ends it cleanly. */
  readonly signal: AbortSignal;
  /** Breaks it off. */
  readonly abort?: AbortSignal;
}

/** Never two flushes: the second one says who holds the link. */
export async function startFlush(
  node: SpokeNode,
  request: FlushRequest,
  signals: AbortSignal | FlushSignals,
  onProgress?: WindowOptions["onProgress"],
): Promise<FlushReport> {
  const links = linksFor(node.config.links, request);
  const lock = takeLock(openLockFile, node.config.dir, "flush");
  if ("heldBy" in lock) {
    node.log("flush-busy", { link: links[0].name, holder: lock.heldBy });
    return notBegun(node, "busy", `another flush is under way: ${lock.heldBy}`);
  }
  try {
    // Whoever holds this lock is the only one that takes mail from the link.
    await recoverMemory(node.directory.memory);
    const both = signals instanceof AbortSignal ? { signal: signals } : signals;
    return await inOrder(node, links, request, both, onProgress);
  } finally {
    lock.release();
  }
}

/** The first link that leads to the hub; what the last one says when none does. */
async function inOrder(
  node: SpokeNode,
  [first, ...others]: readonly [Link, ...Link[]],
  request: FlushRequest,
  signals: FlushSignals,
  onProgress: WindowOptions["onProgress"],
): Promise<FlushReport> {
  let report = await oneWindow(node, first, request, signals, onProgress);
  for (const link of others) {
    const elsewhere = report.ended === "unreachable" || report.ended === "refused" || isSpent(report);
    if (!elsewhere || signals.signal.aborted) break;
    report = await oneWindow(node, link, request, signals, onProgress);
  }
  return report;
}

async function oneWindow(
  node: SpokeNode,
  link: Link,
  { forMs, budget, plain }: FlushRequest,
  signals: FlushSignals,
  onProgress: WindowOptions["onProgress"],
): Promise<FlushReport> {
  const allowed = allowance(
    link.budget ?? {},
    link.price ?? {},
    node.directory.journal.usedSince(link.name, monthStart(node)),
  );
  if ("spent" in allowed) {
    node.log("window-close", { link: link.name, ended: "budget", reason: allowed.spent });
    return notBegun(node, "budget", allowed.spent);
  }
  const ms = least(forMs, allowed.ms);
  const bytes = least(budget, allowed.bytes);
  return runWindow(node, {
    link,
    ...(ms === undefined ? {} : { forMs: ms }),
    ...(bytes === undefined ? {} : { budget: bytes }),
    ...(plain === undefined ? {} : { plain }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...signals,
  });
}

/** Nothing was dialled. */
async function notBegun(node: SpokeNode, ended: "busy" | "budget", reason: string): Promise<FlushReport> {
  const { messages, bytes } = await node.store.queue(OUTBOUND).summary();
  return {
    ended,
    reason,
    seconds: 0,
    wire: { up: 0, down: 0 },
    sent: NOTHING,
    received: NOTHING,
    left: { messages, bytes },
    failed: [],
  };
}

function isSpent({ ended, wire }: FlushReport): boolean {
  return ended === "budget" && wire.up + wire.down === 0;
}

/** Bills follow the calendar of the place. */
function monthStart(node: SpokeNode): number {
  const now = new Date(node.now());
  return new Date(now.getFullYear(), now.getMonth(), 1).getTime();
}

function least(one: number | undefined, two: number | undefined): number | undefined {
  return one === undefined ? two : two === undefined ? one : Math.min(one, two);
}
