import { type Windows, windowState } from "#shared/link/windows.js";

/** The windows that links will open by themselves, in order of time (pure). */
export interface ComingWindow<L> {
  readonly link: L;
  /** Milliseconds since 1970; now for one that is open. */
  readonly from: number;
  /** Infinity for a link that is always open. */
  readonly until: number;
}

/** What lies further ahead is no estimate any more, and each step asks the calendar. */
const HORIZON_MS = 90 * 86_400_000;

export interface PlannedLink {
  readonly windows: Windows;
  /** Nothing is dialled before this, because the budget is spent. Milliseconds since 1970; Infinity: not by itself. */
  readonly closedUntil?: number;
}

export function* comingWindows<L extends PlannedLink>(links: readonly L[], now: Date): Generator<ComingWindow<L>> {
  const series = links.map((link) => windowsOf(link, now));
  const heads = series.map((one) => one.next().value);
  for (;;) {
    const first = earliest(heads);
    const head = heads[first];
    if (head === undefined) return;
    yield head;
    heads[first] = series[first]?.next().value;
  }
}

function* windowsOf<L extends PlannedLink>(link: L, now: Date): Generator<ComingWindow<L>, undefined> {
  const { windows, closedUntil = 0 } = link;
  const end = now.getTime() + HORIZON_MS;
  const start = Math.max(now.getTime(), closedUntil);
  if (windows === "always" && start < end) yield { link, from: start, until: Number.POSITIVE_INFINITY };
  for (let at: Date | undefined = new Date(start); at !== undefined && at.getTime() < end; ) {
    const state = windowState(windows, at);
    if (state.until !== undefined) yield { link, from: at.getTime(), until: state.until.getTime() };
    at = state.next;
  }
  return undefined;
}

/** The first of those that begin at the same time: links stand in order of preference. */
function earliest(heads: readonly (ComingWindow<unknown> | undefined)[]): number {
  const from = (index: number): number => heads[index]?.from ?? Number.POSITIVE_INFINITY;
  return heads.reduce((best, _head, index) => (from(index) < from(best) ? index : best), 0);
}
