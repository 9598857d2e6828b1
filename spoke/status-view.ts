import { printable } from "#shared/cli/io.js";
import { formatDuration } from "#shared/cli/units.js";
import { bytesInWords, count, momentInWords, spanInWords } from "#shared/cli/words.js";
import type { ParcelClass } from "#shared/link/parcel.js";
import type { WindowRecord } from "./directory/journal.ts";

/** What `status --json` prints. Times are ISO. */
export interface Status {
  readonly office: string;
  readonly waiting: { readonly messages: number; readonly bytes: number; readonly oldest?: string };
  readonly lastContact?: string;
  readonly lastWindow?: WindowRecord;
  /** Newest first. */
  readonly lastWindows: readonly WindowRecord[];
  readonly links: readonly LinkStatus[];
  /** Seconds on the line that what waits will take, by the windows so far; absent before the first. */
  readonly estimateSeconds?: number;
  /** When what waits will have gone, by the windows so far and those to come. */
  readonly estimate?: { readonly at: string; readonly windows: number };
  /** Headquarters' list of the names that exist, where this office holds it; `made` there. */
  readonly names?: { readonly count: number; readonly version: number; readonly made: string };
  /** What no link will take. */
  readonly stuck: readonly { readonly id: string; readonly class: ParcelClass; readonly bytes: number }[];
}

export interface LinkStatus {
  readonly name: string;
  readonly open: boolean;
  readonly until?: string;
  readonly next?: string;
  /** This calendar month so far, where a budget is set; the cost where a price is. */
  readonly month?: {
    readonly windows: number;
    readonly bytes: number;
    readonly minutes: number;
    readonly cost?: number;
    readonly currency?: string;
    /** Why nothing is dialled, when the budget is spent. */
    readonly spent?: string;
  };
}

/** The same in words (pure). @param zone of the times that are told; the machine's when absent */
export function statusText(status: Status, now: number, zone?: string): string {
  const at = (iso: string | number): string => momentInWords(new Date(iso), zone);
  const { lastContact, lastWindows, links } = status;
  const lines = [
    waits(status, now),
    ...whenGone(status, at),
    ...stuckLines(status),
    `last contact: ${lastContact === undefined ? "never" : `${at(lastContact)}, ${ago(lastContact, now)}`}`,
    ...lastWindows.map((window) => windowLine(window, at)),
    ...links.flatMap((link) => [linkLine(link, at), ...monthLine(link)]),
    ...namesLine(status, at),
  ];
  return `${lines.map((line) => printable(line).replace(/[\n\t]/g, " ")).join("\n")}\n`;
}

function namesLine({ names }: Status, at: Moment): string[] {
  if (names === undefined) return [];
  return [`names: headquarters' list of ${at(names.made)} has ${names.count}; other addresses are refused here`];
}

type Moment = (iso: string | number) => string;

function waits({ office, waiting: { messages, bytes, oldest } }: Status, now: number): string {
  if (messages === 0) return `${office}: nothing waits`;
  const age = oldest === undefined ? "" : `, the oldest for ${formatDuration(now - Date.parse(oldest))}`;
  return `${office}: ${count(messages, "message")} ${messages === 1 ? "waits" : "wait"} (${bytesInWords(bytes)}${age})`;
}

function whenGone({ waiting, stuck, estimate, estimateSeconds }: Status, at: Moment): string[] {
  if (waiting.messages === stuck.length) return [];
  const what = stuck.length === 0 ? "what waits" : "the rest";
  if (estimate !== undefined)
    return [`${what} will have gone about ${at(estimate.at)}, after ${count(estimate.windows, "window")}`];
  if (estimateSeconds === undefined) return ["no window has sent anything yet, by which to say when it will have gone"];
  return [
    `${what} will take about ${spanInWords(estimateSeconds * 1000)} on the line; the planned windows do not tell when`,
  ];
}

/** More would hide the rest of the status; `queue outbound` has them all. */
const MOST_STUCK = 5;

function stuckLines({ stuck }: Status): string[] {
  const named = stuck
    .slice(0, MOST_STUCK)
    .map(
      ({ id, class: kind, bytes }) =>
        `no link takes ${id} (${kind}, ${bytesInWords(bytes)}): see max-message and classes`,
    );
  const more = stuck.length - named.length;
  return more === 0 ? named : [...named, `no link takes ${more} more`];
}

function ago(iso: string, now: number): string {
  // A clock that was set back since then.
  return `${spanInWords(Math.max(0, now - Date.parse(iso)))} ago`;
}

function windowLine({ link, openedAt, closedAt, ended, sent, received, wire }: WindowRecord, at: Moment): string {
  const opened = `window: ${at(openedAt)} by ${link}`;
  if (ended === "unreachable" || ended === "refused") return `${opened}: ${ENDED[ended]}`;
  const lasted = spanInWords(Math.max(1000, closedAt - openedAt));
  const went = `sent ${count(sent.messages, "message")}, received ${count(received.messages, "message")}`;
  return `${opened}, ${lasted}: ${went}, ${bytesInWords(wire.up + wire.down)} on the line${wordFor(ended)}`;
}

const ENDED: Readonly<Record<string, string>> = {
  drained: "",
  time: "its time was over",
  budget: "its budget was used up",
  cut: "it ended early",
  refused: "headquarters did not let us in",
  unreachable: "no link",
};

/** Drained needs no word. */
function wordFor(ended: string): string {
  const word = ENDED[ended] ?? ended;
  return word === "" ? "" : `; ${word}`;
}

function linkLine({ name, open, until, next }: LinkStatus, at: Moment): string {
  const then = next === undefined ? "" : `, then opens ${at(next)}`;
  if (open) return `link ${name}: ${until === undefined ? "always open" : `open until ${at(until)}${then}`}`;
  return `link ${name}: opens ${next === undefined ? "when asked (qrelay spoke flush)" : at(next)}`;
}

function monthLine({ month }: LinkStatus): string[] {
  if (month === undefined) return [];
  const { windows, bytes, minutes, cost, currency, spent } = month;
  const paid = cost === undefined ? "" : `, ${cost.toFixed(2)}${currency === undefined ? "" : ` ${currency}`}`;
  return [
    `  this month: ${count(windows, "window")}, ${spanInWords(minutes * 60_000)}, ${bytesInWords(bytes)} on the line${paid}`,
    ...(spent === undefined ? [] : [`  ${spent}`]),
  ];
}
