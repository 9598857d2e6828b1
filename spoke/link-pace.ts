import type { WindowRecord } from "./directory/journal.ts";

/** What a link has been good for (pure). Bytes are those of messages as stored, so that encoding is counted in. */
export interface LinkPace {
  /** Bytes a second of a window, dialling included. */
  readonly rate: number;
  /** Bytes on the wire, both ways, for each byte of a message. */
  readonly wirePerStored: number;
  /** Bytes that a window of so many milliseconds takes on average, those that find no line counted as well. */
  perWindow(ms: number): number;
}

export type Direction = "sent" | "received";

/** Enough windows that one bad evening does not decide, few enough that the line of this season does. */
const WINDOWS_FOR_PACE = 10;

/** @param history newest first; undefined while no window has moved anything this way */
export function paceOf(history: readonly WindowRecord[], link: string, direction: Direction): LinkPace | undefined {
  const tried = history
    .filter((one) => one.link === link && one.ended !== "refused" && one.ended !== "busy")
    .slice(0, WINDOWS_FOR_PACE);
  const reached = tried.filter(({ ended }) => ended !== "unreachable").map((one) => runOf(one, direction));
  const moving = reached.filter(({ bytes, ms }) => bytes > 0 && ms > 0);
  if (moving.length === 0) return undefined;
  const rate = (sum(moving, ({ bytes }) => bytes) / sum(moving, ({ ms }) => ms)) * 1000;
  const reach = reached.length / tried.length;
  return {
    rate,
    wirePerStored: sum(moving, ({ wire }) => wire) / sum(moving, ({ stored }) => stored),
    perWindow: (ms) => reach * capacity(reached, rate, ms),
  };
}

interface Run {
  readonly ended: string;
  readonly ms: number;
  /** This way. */
  readonly bytes: number;
  /** Both ways. */
  readonly stored: number;
  readonly wire: number;
}

function runOf({ ended, openedAt, closedAt, sent, received, wire }: WindowRecord, direction: Direction): Run {
  return {
    ended,
    // A clock that was set back while it was open.
    ms: Math.max(0, closedAt - openedAt),
    bytes: direction === "sent" ? sent.bytes : received.bytes,
    stored: sent.bytes + received.bytes,
    wire: wire.up + wire.down,
  };
}

/**
 * Windows that did not drain show what there was room for; one that drained shows only that there was room for as much,
 * which counts where it is more than the others had. If all drained, they could have gone on as they went.
 */
function capacity(runs: readonly Run[], rate: number, ms: number): number {
  const full = runs.filter((run) => run.ended !== "drained" && (run.bytes > 0 || run.stored === 0));
  if (full.length === 0) return (rate * ms) / 1000;
  const shown = full.map((run) => shownBy(run, ms));
  const mean = sum(shown, (bytes) => bytes) / shown.length;
  const more = runs.filter(({ ended, bytes }) => ended === "drained" && bytes > mean).map(({ bytes }) => bytes);
  const all = [...shown, ...more];
  return sum(all, (bytes) => bytes) / all.length;
}

/** Time scales with the window. What a budget or a cut allowed does not grow with it, and shrinks with it. */
function shownBy({ ended, bytes, ms: lasted }: Run, ms: number): number {
  if (lasted === 0) return bytes;
  const scaled = (bytes * ms) / lasted;
  return ended === "time" ? scaled : Math.min(bytes, scaled);
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}
