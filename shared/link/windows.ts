/** When a link may be used (pure). Windows open at local wall time as written, through every change of the clocks. */
import { Cron } from "croner";

/** A window opens when `cron` says so and lasts `forMs`. Without a zone: the machine's. */
export interface Window {
  /** Five fields. */
  readonly cron: string;
  readonly forMs: number;
  /** IANA name, as in `Asia/Kabul`. */
  readonly zone?: string;
}

export type Windows = "always" | readonly Window[];

export interface WindowState {
  readonly open: boolean;
  /** While open: when it closes; absent when it never does. Windows that overlap or touch are one. */
  readonly until?: Date;
  /** When the next one opens, after `until` if one is open; absent when none ever will. */
  readonly next?: Date;
}

/** Windows that overlap for ever (an hour long, every half hour) are looked at this far ahead. */
const HORIZON_MS = 7 * 86_400_000;

/**
 * The state at `now`. A laptop that wakes in the middle of a window finds it open. Throws for a cron
 * or zone that `cronProblem` refuses.
 */
export function windowState(windows: Windows, now: Date): WindowState {
  if (windows === "always") return { open: true };
  const clocks = windows.map((window) => ({ cron: parse(window), forMs: window.forMs }));
  const until = closing(clocks, now);
  const next = earliest(clocks.map(({ cron }) => cron.nextRun(until ?? now)));
  return {
    open: until !== undefined,
    ...(until === undefined ? {} : { until }),
    ...(next === undefined ? {} : { next }),
  };
}

/** One opening of a window. Two that begin together count as the longer one. */
export interface Opening {
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly forMs: number;
}

/** What is open at `now`: windows that overlap or touch are one to look at, and still begin anew. */
export function openAt(windows: readonly Window[], now: Date): Opening[] {
  return windows
    .map((window) => ({ begun: startAtOrBefore(parse(window), now), forMs: window.forMs }))
    .filter(({ begun, forMs }) => begun + forMs > now.getTime());
}

/** Why a window cannot be scheduled, for the check of the configuration; undefined when it can. */
export function cronProblem(cron: string, zone?: string): string | undefined {
  if (zone !== undefined && !isZone(zone)) return `"${zone}" is no time zone: wanted a name such as "Asia/Kabul"`;
  const fields = cron.trim().split(/\s+/).length;
  if (fields !== 5) {
    return `"${cron}" has ${fields} fields: wanted five, minute hour day month weekday, such as "0 7,17 * * *"`;
  }
  try {
    const never = parse({ cron, ...(zone === undefined ? {} : { zone }) }).nextRun() === null;
    return never ? `"${cron}" never happens` : undefined;
  } catch (error) {
    return `"${cron}" is no schedule: ${error instanceof Error ? error.message : String(error)}`;
  }
}

interface Clock {
  readonly cron: Cron;
  readonly forMs: number;
}

/** When the window that is open at `now` closes, joined with all that follow without a gap. */
function closing(clocks: readonly Clock[], now: Date): Date | undefined {
  const horizon = now.getTime() + HORIZON_MS;
  let end = lastEnd(clocks, now);
  if (end <= now.getTime()) return undefined;
  for (let further = lastEnd(clocks, new Date(end)); further > end && end < horizon; ) {
    end = further;
    further = lastEnd(clocks, new Date(end));
  }
  return new Date(end);
}

/** The latest end of the windows that began at `time` or before; each clock's newest one ends last. */
function lastEnd(clocks: readonly Clock[], time: Date): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...clocks.map((clock) => startAtOrBefore(clock.cron, time) + clock.forMs));
}

/** croner looks strictly before the moment it is given, in whole seconds of it. */
function startAtOrBefore(cron: Cron, time: Date): number {
  const [start] = cron.previousRuns(1, new Date(time.getTime() + 1));
  return start?.getTime() ?? Number.NEGATIVE_INFINITY;
}

function earliest(dates: readonly (Date | null)[]): Date | undefined {
  const times = dates.flatMap((date) => (date === null ? [] : [date.getTime()]));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/**
 * Lists of hours (`30 2,14 * * *`) count as wall times too: one that falls into the hour that spring
 * skips opens right after it, and one in the hour that autumn repeats opens once.
 */
function parse({ cron, zone }: Pick<Window, "cron" | "zone">): Cron {
  const options = { mode: "5-part", fixedTimeRule: "no-wildcard", paused: true } as const;
  return new Cron(cron, zone === undefined ? options : { ...options, timezone: zone });
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    // RangeError: a name that the zone database does not have.
    return false;
  }
}
