import { tickMinutes } from "./tick-minutes.ts";
import { type Opening, openAt, type Windows, windowState } from "./windows.ts";

export interface ScheduledLink {
  readonly name: string;
  readonly windows: Windows;
}

export interface Schedule<Link extends ScheduledLink> {
  readonly now: () => Date;
  /** The window opens; `until` is absent for a link that is always open. May not throw. */
  onOpen(link: Link, until: Date | undefined): void;
  readonly signal: AbortSignal;
}

/**
 * Opens each link once per window, at once when it starts, or wakes from sleep, in the middle of one. One that
 * touches the window before it ("every 15 minutes for 15 minutes") opens too: what came before it may have drained.
 * Whether a window is open is asked of `openAt`; the ticks only make it look.
 */
export function scheduleWindows<Link extends ScheduledLink>(links: readonly Link[], schedule: Schedule<Link>): void {
  const opened = new Map<Link, Opened>(links.map((link) => [link, new Map()]));
  const look = (): void => {
    for (const [link, before] of opened) {
      if (schedule.signal.aborted) return;
      openIfDue(link, before, schedule);
    }
  };
  tickMinutes(look, schedule.now, schedule.signal);
  look();
}

/** By its beginning, until when (on the clock that nobody sets) a window counts as the one that was opened. */
type Opened = Map<number, number>;

/**
 * A clock that is put right this much within a window is still in the same one: the time that comes with the first
 * minute on line must not open it again. Set back further, it comes to that time anew, and is not kept waiting.
 */
const CORRECTION_MS = 5 * 60_000;

function openIfDue<Link extends ScheduledLink>(link: Link, opened: Opened, schedule: Schedule<Link>): void {
  const now = schedule.now();
  const ticks = performance.now();
  for (const [begun, until] of opened) if (until <= ticks) opened.delete(begun);
  const open = link.windows === "always" ? [FOR_EVER] : openAt(link.windows, now);
  if (open.every(({ begun }) => opened.has(begun))) return;
  // All of them: the one that goes on when a shorter one within it is over has been opened with it.
  for (const { begun, forMs } of open) {
    opened.set(begun, Math.max(opened.get(begun) ?? 0, ticks + forMs + CORRECTION_MS));
  }
  schedule.onOpen(link, windowState(link.windows, now).until);
}

/** Begun before all clocks. */
const FOR_EVER: Opening = { begun: Number.NEGATIVE_INFINITY, forMs: Number.POSITIVE_INFINITY };
