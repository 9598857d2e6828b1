import { takeLock } from "#shared/io/lock.js";
import { recoverMemory } from "#shared/queue/recover.js";
import { openLockFile } from "#spoke/directory/open.js";
import { type LinkRequest, linksFor } from "./choose-link.ts";
import type { Link } from "./config.ts";
import { type FlushReport, runWindow, type WindowOptions } from "./flush.ts";
import { NOTHING } from "./flush-report.ts";
import { allowedNow, spentInWords } from "./link-use.ts";
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
  const began = performance.now();
  let report = await oneWindow(node, first, request, signals, onProgress);
  for (const link of others) {
    const elsewhere = report.ended === "unreachable" || report.ended === "refused" || isSpent(report);
    // The time asked for is that of all links together: a schedule's next window must not be run into.
    const forMs = request.forMs === undefined ? undefined : request.forMs - (performance.now() - began);
    if (!elsewhere || signals.signal.aborted || (forMs !== undefined && forMs <= 0)) break;
    report = await oneWindow(
      node,
      link,
      { ...request, ...(forMs === undefined ? {} : { forMs }) },
      signals,
      onProgress,
    );
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
  const now = new Date(node.now());
  const allowed = allowedNow(link, node.directory.journal, now);
  if ("spent" in allowed) {
    const reason = spentInWords(allowed, now);
    node.log("window-close", { link: link.name, ended: "budget", reason });
    return notBegun(node, "budget", reason);
  }
  const paid = paidTime(allowed.ms, signals.abort);
  const ms = least(forMs, paid.softMs);
  const bytes = least(budget, allowed.bytes);
  try {
    return await runWindow(node, {
      link,
      ...(ms === undefined ? {} : { forMs: Math.min(ms, LONGEST_TIMER_MS), timeIsPaid: ms !== forMs }),
      ...(bytes === undefined ? {} : { budget: bytes }),
      ...(plain === undefined ? {} : { plain }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...signals,
      ...(paid.abort === undefined ? {} : { abort: paid.abort }),
    });
  } finally {
    paid.release();
  }
}

/** Longer ones fire at once (24 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** For the good-bye on a line that is slower than it was; a window may be over its time by more than this. */
const FAREWELL_MS = 2000;

/**
 * The time of a window may be stretched a little for a good-bye, time that is paid may not: the next step would be
 * begun. So the session is told a little less, and the line is cut when the paid time is over.
 */
function paidTime(
  ms: number | undefined,
  abort: AbortSignal | undefined,
): { readonly softMs?: number; readonly abort?: AbortSignal; release(): void } {
  if (ms === undefined) return { release: () => undefined };
  const hard = new AbortController();
  const timer = setTimeout(() => hard.abort(), Math.min(ms, LONGEST_TIMER_MS));
  return {
    softMs: Math.max(ms / 2, ms - FAREWELL_MS),
    abort: AbortSignal.any([hard.signal, ...(abort === undefined ? [] : [abort])]),
    release: () => clearTimeout(timer),
  };
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

function least(one: number | undefined, two: number | undefined): number | undefined {
  return one === undefined ? two : two === undefined ? one : Math.min(one, two);
}
