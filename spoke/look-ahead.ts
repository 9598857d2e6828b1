import { OutgoingMail } from "#shared/link/outgoing-mail.js";
import { parseEntryName } from "#shared/queue/entry.js";
import type { Queue } from "#shared/queue/queue.js";
import { comingWindows, type PlannedLink } from "./coming-windows.ts";
import type { Link, SpokeConfig } from "./config.ts";
import type { SpokeDirectory } from "./directory/directory.ts";
import { type Estimate, estimate, type Waiting } from "./estimate.ts";
import type { FlushReport } from "./flush-report.ts";
import type { Outlook } from "./flush-summary.ts";
import { allowedNow, spentUntil } from "./link-use.ts";
import { OUTBOUND, spokeStore } from "./node.ts";

/** What an estimate is made from, read: the queue, the journal, the calendar. Works beside the daemon. */
export interface OfficeView {
  readonly config: SpokeConfig;
  readonly directory: Pick<SpokeDirectory, "journal">;
}

/** Ten windows of each of several links. */
const HISTORY = 100;

export async function estimateWaiting({ config, directory }: OfficeView, now: Date): Promise<Estimate> {
  const links = plannedLinks({ config, directory }, now);
  const choosy = links.some(({ maxMessage, classes }) => maxMessage !== undefined || classes !== undefined);
  const queue = spokeStore(config).queue(OUTBOUND);
  const waiting = choosy ? await eachWaiting(queue) : await allAsOne(queue);
  return estimate({ waiting, links, history: directory.journal.latest(HISTORY), now });
}

/** What the operator is told when a window has left something behind. */
export async function lookAhead(office: OfficeView, { left, atHub }: FlushReport, now: Date): Promise<Outlook> {
  const here = left.messages === 0 ? undefined : (await estimateWaiting(office, now)).gone;
  const there = atHub === undefined ? undefined : estimateAtHub(office, atHub.bytes, now);
  const next = nextWindow(office, now);
  return {
    ...(next === undefined ? {} : { next }),
    ...(here === undefined ? {} : { here }),
    ...(there === undefined ? {} : { atHub: there }),
  };
}

/** The window that opens first by itself; without `at` it is open now. undefined: none does. */
export function nextWindow(office: OfficeView, now: Date): Outlook["next"] {
  const next = comingWindows(plannedLinks(office, now), now).next().value;
  return next === undefined ? undefined : { link: next.link.name, ...startOf(next.from, now) };
}

/** Headquarters says how much it has, not of what kind: every link takes it. */
function estimateAtHub(office: OfficeView, bytes: number, now: Date): Estimate["gone"] {
  const links = plannedLinks(office, now).map(({ maxMessage: _largest, classes: _some, ...link }) => link);
  const waiting = [{ id: "headquarters", class: "normal" as const, bytes }];
  return estimate({ waiting, links, history: office.directory.journal.latest(HISTORY), now, direction: "received" })
    .gone;
}

/** A link whose month is spent opens no window before the next. */
function plannedLinks({ config, directory }: OfficeView, now: Date): (Link & PlannedLink)[] {
  return config.links.map((link) => {
    const allowed = allowedNow(link, directory.journal, now);
    return "spent" in allowed ? { ...link, closedUntil: spentUntil(allowed, now) } : link;
  });
}

function startOf(from: number, now: Date): { at?: Date } {
  return from <= now.getTime() ? {} : { at: new Date(from) };
}

/** A backlog beyond what a session knows at a time is estimated by this many of its messages. */
const MOST_LOOKS = 10;

async function eachWaiting(queue: Queue): Promise<Waiting[]> {
  // Entries that cannot be read are told by `queue outbound`, and by the window that meets them.
  const mail = new OutgoingMail({ queue, log: () => undefined });
  let seen = await mail.look();
  for (let looks = 1; !seen.all && looks < MOST_LOOKS; looks++) seen = await mail.look();
  return [...seen.waiting.values()].map(({ entry, class: parcelClass, bytes }) => ({
    id: parseEntryName(entry.name)?.id ?? entry.unique,
    class: parcelClass,
    bytes,
  }));
}

/** Where every link takes everything, no message need be opened. */
async function allAsOne(queue: Queue): Promise<Waiting[]> {
  const { messages, bytes } = await queue.summary();
  return messages === 0 ? [] : [{ id: OUTBOUND, class: "normal", bytes }];
}
