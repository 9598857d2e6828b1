import { printable } from "#shared/cli/io.js";
import { bytesInWords, count, spanInWords } from "#shared/cli/words.js";
import type { Direction, FlushProgress } from "./flush-report.ts";

/** A window under way, as the radio operator sees it (pure). */

/** Lines fit a terminal of 80 columns; the last column stays free, because some terminals wrap when it is written. */
const WIDEST = 79;

/**
 * For a terminal of `columns`, without line ends. As many lines in every phase of a session, so that nothing jumps.
 *
 * @param agedMs since the progress was told
 */
export function progressLines(progress: FlushProgress, agedMs: number, columns: number): string[] {
  const now = aged(progress, agedMs);
  const { up, down, rate } = now;
  const lines = [
    headline(now),
    ...(up === undefined ? [] : [`sent      ${amounts(up, rate?.up)}`, crossing(up)]),
    ...(down === undefined ? [] : [`received  ${amounts(down, rate?.down)}`]),
    ...(down?.current === undefined ? [] : [crossing(down)]),
    ...(up === undefined ? [wireLine(now)] : [prospect(now)]),
  ];
  return lines.map((line) => cut(line, Math.min(WIDEST, columns - 1)));
}

/** For a log, without line end. */
export function progressLine(progress: FlushProgress, agedMs: number): string {
  const now = aged(progress, agedMs);
  const { up, down, rate } = now;
  if (up === undefined) return oneLine(`${headline(now)}; ${wireLine(now)}`);
  const received = down === undefined ? "" : `; received ${amounts(down, rate?.down)}`;
  const crosses = up.current === undefined ? "" : `; ${percent(up.current)} of ${bytesInWords(up.current.of)} crossing`;
  return oneLine(`${headline(now)}; sent ${amounts(up, rate?.up)}${received}${crosses}; ${prospect(now)}`);
}

/** A slow line brings no news for minutes, and the clock shall go on. */
function aged(progress: FlushProgress, ms: number): FlushProgress {
  const { seconds, endsInMs } = progress;
  return {
    ...progress,
    ...(seconds === undefined ? {} : { seconds: seconds + ms / 1000 }),
    ...(endsInMs === undefined ? {} : { endsInMs: Math.max(0, endsInMs - ms) }),
  };
}

function headline({ phase, seconds, endsInMs }: FlushProgress): string {
  const parts = [
    phase ?? "sending",
    ...(seconds === undefined ? [] : [spanInWords(seconds * 1000)]),
    ...(endsInMs === undefined
      ? []
      : [endsInMs === 0 ? "the window is over" : `window ends in ${spanInWords(endsInMs)}`]),
  ];
  return parts.join(", ");
}

function amounts({ messages, bytes, left }: Direction, rate: number | undefined): string {
  return [
    count(messages, "message"),
    bytesInWords(bytes),
    ...(rate === undefined ? [] : [`${bytesInWords(rate)}/s`]),
    ...(left === undefined || left.messages === 0 ? [] : [`${left.messages} left (${bytesInWords(left.bytes)})`]),
  ].join(", ");
}

/** Plain QMTP tells no more than this. */
function wireLine({ sent, bytes, wire }: FlushProgress): string {
  const line = `${bytesInWords(wire.up)} up, ${bytesInWords(wire.down)} down on the line`;
  return sent === 0 ? line : `${count(sent, "message")} sent (${bytesInWords(bytes)}), ${line}`;
}

const BAR = 24;

function crossing({ current, next }: Direction): string {
  if (current === undefined) return `          ${next === undefined ? "nothing is crossing" : `next: ${next}`}`;
  const filled = Math.floor(share(current) * BAR);
  const bar = `[${"#".repeat(filled)}${"-".repeat(BAR - filled)}]`;
  return `          ${bar} ${percent(current)} of ${bytesInWords(current.of)}  ${current.what}`;
}

type Current = NonNullable<Direction["current"]>;

function share({ done, of }: Current): number {
  return of <= 0 ? 1 : Math.min(1, Math.max(0, done / of));
}

/** Rounded down: 100 % is said of what has gone. */
function percent(current: Current): string {
  return `${Math.floor(share(current) * 100)} %`;
}

/** Whether what is left will have gone before the window ends, at the rate measured so far. */
function prospect(progress: FlushProgress): string {
  const { up, rate, endsInMs } = progress;
  if (up?.left === undefined) return "";
  if (up.left.messages === 0) return "nothing is left to send";
  if (endsInMs === 0) return `${bytesInWords(up.left.bytes)} are left for the next window`;
  const perSecond = storedRate(progress, rate?.up ?? 0);
  if (perSecond === 0) return "what is left waits for the line: no rate is measured yet";
  const needsMs = (up.left.bytes / perSecond) * 1000;
  if (endsInMs === undefined || needsMs <= endsInMs)
    return `what is left will have gone in about ${spanInWords(Math.max(1000, needsMs))}`;
  const stays = up.left.bytes - (endsInMs / 1000) * perSecond;
  return `about ${bytesInWords(stays)} will be left when the window ends`;
}

/** A message of which most had crossed before this session would make a stored byte look cheaper than any is. */
const LEAST_PER_STORED = 0.1;

/**
 * Bytes of messages as stored that leave in a second: the rate on the line, by what this session has made of a stored
 * byte so far. Before anything was sent a byte counts as one: better to promise too little.
 */
function storedRate({ up, wire }: FlushProgress, rate: number): number {
  const crossed = wire.up - (up?.current?.done ?? 0);
  const perStored = up === undefined || up.bytes === 0 || crossed <= 0 ? 1 : crossed / up.bytes;
  return rate / Math.min(1, Math.max(LEAST_PER_STORED, perStored));
}

function cut(line: string, width: number): string {
  return [...oneLine(line)].slice(0, Math.max(0, width)).join("");
}

/** Whatever is in a name, it is no order to the terminal. */
function oneLine(line: string): string {
  return printable(line).replace(/[\n\t]/g, " ");
}
