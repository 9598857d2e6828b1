import type { Budget } from "#shared/link/budget.js";
import { CLASSES, type ParcelClass } from "#shared/link/parcel.js";
import { allowedOn } from "#shared/link/ranking.js";
import { comingWindows, type PlannedLink } from "./coming-windows.ts";
import type { WindowRecord } from "./directory/journal.ts";
import { type Direction, type LinkPace, paceOf } from "./link-pace.ts";

/** When what waits will likely have gone, by the windows so far and those to come (pure). */
export interface Waiting {
  /** A mail id, or another name for people. */
  readonly id: string;
  readonly class: ParcelClass;
  /** Of the message as stored. */
  readonly bytes: number;
}

/** What counts of a link, in order of preference. */
export interface EstimateLink extends PlannedLink {
  readonly name: string;
  readonly budget?: Budget;
  readonly maxMessage?: number;
  readonly classes?: readonly ParcelClass[];
}

export interface Estimate {
  /** When the last of it will have gone, and how many windows take part; absent when that cannot be told. */
  readonly gone?: { readonly at: Date; readonly windows: number };
  /** Messages that no link will take: too large for all, or of a class that none carries. */
  readonly stuck: readonly Waiting[];
}

export interface EstimateInput {
  readonly waiting: readonly Waiting[];
  readonly links: readonly EstimateLink[];
  /** Newest first; windows of all links. */
  readonly history: readonly WindowRecord[];
  readonly now: Date;
  /** Which way it has to go; from here when absent. */
  readonly direction?: Direction;
}

export function estimate({ waiting, links, history, now, direction = "sent" }: EstimateInput): Estimate {
  const stuck = waiting.filter((one) => !links.some((link) => takes(link, one)));
  const rest = inOrder(waiting.filter((one) => !stuck.includes(one))).map((message) => ({
    message,
    left: message.bytes,
  }));
  const paces = new Map(links.map(({ name }) => [name, paceOf(history, name, direction)]));
  let windows = 0;
  let at = now.getTime();
  for (const { link, from, until } of rest.length === 0 ? [] : comingWindows(links, now)) {
    const pace = paces.get(link.name);
    if (pace === undefined) continue;
    const ms = lengthOf(link, until - from);
    const taken = take(rest, roomIn(pace, link, ms), (message) => takes(link, message));
    if (taken === 0) continue;
    windows += 1;
    // A window that overlaps a longer one may be done before it.
    at = Math.max(at, from + Math.min(ms, (taken / pace.rate) * 1000));
    if (rest.every(({ left }) => left === 0)) return { gone: { at: new Date(at), windows }, stuck };
  }
  return { stuck };
}

/**
 * Seconds on the line that so many bytes take, by what all links have sent of late; undefined before the first window
 * that sent something.
 */
export function secondsOnLine(bytes: number, history: readonly WindowRecord[]): number | undefined {
  const sending = history.filter(({ sent, closedAt, openedAt }) => sent.bytes > 0 && closedAt > openedAt);
  const sentBytes = sending.reduce((sum, { sent }) => sum + sent.bytes, 0);
  const seconds = sending.reduce((sum, { closedAt, openedAt }) => sum + (closedAt - openedAt) / 1000, 0);
  return sentBytes === 0 ? undefined : Math.ceil((bytes * seconds) / sentBytes);
}

function takes(link: EstimateLink, { class: parcelClass, bytes }: Waiting): boolean {
  return allowedOn(link)(parcelClass, bytes);
}

/** As the link ranks them, by and large: class, then size. */
function inOrder(waiting: readonly Waiting[]): Waiting[] {
  return [...waiting].sort((a, b) => CLASSES.indexOf(a.class) - CLASSES.indexOf(b.class) || a.bytes - b.bytes);
}

function lengthOf({ budget }: EstimateLink, ms: number): number {
  const minutes = budget?.window?.minutes;
  return minutes === undefined ? ms : Math.min(ms, minutes * 60_000);
}

/** Bytes of messages that a window of `ms` takes. */
function roomIn(pace: LinkPace, { budget }: EstimateLink, ms: number): number {
  // A line that never closes takes all, in its time.
  const byTime = ms === Number.POSITIVE_INFINITY ? ms : pace.perWindow(ms);
  const bytes = budget?.window?.bytes;
  return bytes === undefined ? byTime : Math.min(byTime, bytes / pace.wirePerStored);
}

interface Rest {
  readonly message: Waiting;
  left: number;
}

/** @returns bytes; a message larger than what is left of a window goes on in the next */
function take(rest: readonly Rest[], room: number, fits: (message: Waiting) => boolean): number {
  let taken = 0;
  for (const one of rest) {
    if (one.left === 0 || !fits(one.message)) continue;
    // In whole bytes: half a byte for ever would never be gone.
    const part = Math.min(one.left, Math.floor(room - taken));
    if (part <= 0) break;
    one.left -= part;
    taken += part;
  }
  return taken;
}
