import type { Circles } from "#shared/mail/circles.js";
import { type Found, type Step, seenBefore } from "./decision.ts";
import type { FoundRoute } from "./route-table.ts";
import type { DirectoryView } from "./view.ts";

/** One recipient being followed. */
export interface Walk {
  readonly view: DirectoryView;
  readonly relay: boolean;
  /** Envelope sender; undefined: not known, or not asked. */
  readonly sender: string | undefined;
  /** It was accepted before: whoever wrote it might write to the list that it is left of. */
  readonly sorted: boolean;
  /** Aliases and instructions that are being followed, or were. */
  readonly circles: Circles<Found>;
  readonly steps: Step[];
  /** Whether records that are not asked are noted too: for people, it costs as much as the decision. */
  readonly hidden: boolean;
  /** Follows a target, which may be anywhere. */
  readonly follow: (walk: Walk, address: string, depth: number) => Found;
  /** Follows a route for a recipient that it has matched. */
  readonly followRoute: (walk: Walk, route: FoundRoute, local: string, domain: string, depth: number) => Found;
  /** Targets met so far. */
  targets: number;
}

/** Aliases within aliases: deeper is a mistake of somebody's, and each level multiplies the work of one RCPT. */
export const MAX_DEPTH = 10;
/** Targets that one recipient may meet on the way, above any staff list; it bounds memory and time of one RCPT. */
export const MAX_TARGETS = 10_000;

export function note(walk: Walk, rule: string, record: string, says: string): void {
  walk.steps.push({ rule, record, says });
}

/** What a record gives that is being followed, or was; undefined for one that is new. */
export function seenAlready(walk: Walk, record: string): Found | undefined {
  const level = walk.circles.seen(record);
  return level === undefined ? undefined : seenBefore(level);
}

/**
 * Counts what a record names, and says why it may not be followed.
 *
 * @param what names the record to people
 */
export function tooFar(walk: Walk, what: string, record: string, named: number, depth: number): string | undefined {
  walk.targets += named;
  if (depth < MAX_DEPTH && walk.targets <= MAX_TARGETS) return undefined;
  note(
    walk,
    what,
    record,
    depth < MAX_DEPTH ? `more than ${MAX_TARGETS} targets` : `more than ${MAX_DEPTH} levels deep`,
  );
  return "too far: ask the postmaster";
}
