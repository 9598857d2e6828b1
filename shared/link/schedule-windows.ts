import { tickMinutes } from "./tick-minutes.ts";
import { type Windows, windowState } from "./windows.ts";

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

interface Fired {
  readonly at: number;
  /** Infinity: for ever. */
  readonly until: number;
}

/**
 * Opens each link once per window, at once when it starts, or wakes from sleep, in the middle of one.
 * Whether a window is open is asked of `windowState`; the ticks only make it look.
 */
export function scheduleWindows<Link extends ScheduledLink>(links: readonly Link[], schedule: Schedule<Link>): void {
  const fired = new Map<Link, Fired>();
  const look = (): void => {
    for (const link of links) {
      if (schedule.signal.aborted) return;
      openIfDue(link, fired, schedule);
    }
  };
  tickMinutes(look, schedule.now, schedule.signal);
  look();
}

function openIfDue<Link extends ScheduledLink>(link: Link, fired: Map<Link, Fired>, schedule: Schedule<Link>): void {
  const now = schedule.now();
  const last = fired.get(link);
  if (last !== undefined && isSame(last, now.getTime())) return;
  const { open, until } = windowState(link.windows, now);
  if (!open) return;
  fired.set(link, { at: now.getTime(), until: until?.getTime() ?? Number.POSITIVE_INFINITY });
  schedule.onOpen(link, until);
}

/** Still inside the window that was opened; a clock set back before its opening makes it a new one. */
function isSame(last: Fired, now: number): boolean {
  return last.until === Number.POSITIVE_INFINITY || (now >= last.at && now < last.until);
}
