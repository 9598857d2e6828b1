import { tickMinutes } from "./tick-minutes.ts";
import { begunAt, type Windows, windowState } from "./windows.ts";

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
 * Whether a window is open is asked of `windowState`; the ticks only make it look.
 */
export function scheduleWindows<Link extends ScheduledLink>(links: readonly Link[], schedule: Schedule<Link>): void {
  const fired = new Map<Link, number>();
  const look = (): void => {
    for (const link of links) {
      if (schedule.signal.aborted) return;
      openIfDue(link, fired, schedule);
    }
  };
  tickMinutes(look, schedule.now, schedule.signal);
  look();
}

function openIfDue<Link extends ScheduledLink>(link: Link, fired: Map<Link, number>, schedule: Schedule<Link>): void {
  const now = schedule.now();
  // The beginning, not the end, tells windows apart: a clock set back before it makes it a new one.
  const begun = link.windows === "always" ? FOR_EVER : begunAt(link.windows, now)?.getTime();
  if (begun === undefined || fired.get(link) === begun) return;
  fired.set(link, begun);
  schedule.onOpen(link, windowState(link.windows, now).until);
}

/** Begun before all clocks. */
const FOR_EVER = Number.NEGATIVE_INFINITY;
