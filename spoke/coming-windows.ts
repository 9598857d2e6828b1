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

export function* comingWindows<L extends { readonly windows: Windows }>(
  links: readonly L[],
  now: Date,
): Generator<ComingWindow<L>> {
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

function* windowsOf<L extends { readonly windows: Windows }>(
  link: L,
  now: Date,
): Generator<ComingWindow<L>, undefined> {
  const { windows } = link;
  if (windows === "always") yield { link, from: now.getTime(), until: Number.POSITIVE_INFINITY };
  for (let at: Date | undefined = now; at !== undefined && at.getTime() - now.getTime() < HORIZON_MS; ) {
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
