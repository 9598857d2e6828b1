import { type Found, type Step, seenBefore } from "./decision.ts";
import type { FoundRoute } from "./route-table.ts";
import type { DirectoryView } from "./view.ts";

/** One recipient being followed. */
export interface Walk {
  readonly view: DirectoryView;
  readonly relay: boolean;
  /** Envelope sender; undefined: not known, or not asked. */
  readonly sender: string | undefined;
  /** Aliases and instructions being followed right now, with their level: meeting one again is a cycle. */
  readonly open: Map<string, number>;
  /**
   * The same, followed to their end: meeting one again adds nothing. The value is the record that answers for one that gave
   * nothing by itself, because it led back there.
   */
  readonly closed: Map<string, string | undefined>;
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
  let name: string | undefined = record;
  while (name !== undefined && walk.closed.has(name)) name = walk.closed.get(name);
  if (name === undefined) return seenBefore(-1);
  const level = walk.open.get(name);
  return level === undefined ? undefined : seenBefore(level);
}

/**
 * Follows what a new record stands for.
 *
 * @param circular speaks for a circle that nothing leads out of, at the record of it that was met first
 */
export function followRecord(
  walk: Walk,
  record: string,
  depth: number,
  follow: () => Found,
  circular: () => Found,
): Found {
  walk.open.set(record, depth);
  const found = follow();
  walk.open.delete(record);
  const gives = found.destinations.length > 0 || found.problems.length > 0;
  const answeredElsewhere = !gives && found.backTo !== undefined && found.backTo < depth;
  const by = answeredElsewhere ? [...walk.open].find(([, level]) => level === found.backTo)?.[0] : undefined;
  walk.closed.set(record, by);
  return gives || answeredElsewhere ? found : circular();
}
