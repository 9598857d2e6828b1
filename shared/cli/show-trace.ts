import { isMailbox, SORTING } from "#shared/queue/trace.js";
import { DOOR, OTHER_END, type StayRecord, type TraceRecord } from "#shared/queue/trace-record.js";

/** What `trace` shows, at hub and spoke (pure): for scripts, and for people. */
export interface TraceDocument {
  readonly mails: readonly TraceMail[];
}

interface TraceMail extends Pick<TraceRecord, "messageId" | "sender" | "from"> {
  readonly id: string;
  readonly at: string;
  readonly recipients: readonly TraceStay[];
}

interface TraceStay
  extends Partial<Pick<StayRecord, "status" | "text" | "via" | "reached" | "people" | "arrived" | "lost">> {
  readonly named: string;
  readonly recipient: string;
  readonly place: string;
  readonly outcome: StayRecord["outcome"];
  readonly since: string;
  /** When the outcome was. */
  readonly at?: string;
  /** The office that sent it has been told. */
  readonly told?: true;
  /** When headquarters told us. */
  readonly heardAt?: string;
}

export function traceDocument(records: readonly TraceRecord[]): TraceDocument {
  return {
    mails: records.map(({ mailId, messageId, sender, from, at, stays }) => ({
      id: mailId,
      messageId: visible(messageId),
      sender: visible(sender),
      from: visible(from),
      at: iso(at),
      recipients: stays.map(stayDocument),
    })),
  };
}

function stayDocument(stay: StayRecord): TraceStay {
  const { status, text, via, reached, people, arrived, lost } = stay;
  return {
    named: visible(stay.named),
    recipient: visible(stay.recipient),
    place: placeWords(stay.place),
    outcome: stay.outcome,
    since: iso(stay.since),
    ...(stay.at === 0 ? {} : { at: iso(stay.at) }),
    ...(status === "" ? {} : { status }),
    ...(text === "" ? {} : { text: visible(text) }),
    ...(via === "" ? {} : { via: visible(via) }),
    ...(reached === "" ? {} : { reached: visible(reached) }),
    ...(people === 0 ? {} : { people, arrived, lost }),
    ...(stay.told ? { told: true } : {}),
    ...(stay.heardAt === 0 ? {} : { heardAt: iso(stay.heardAt) }),
  };
}

/** The names of places in documents; queues and mailboxes have their own. */
function placeWords(place: string): string {
  if (place === DOOR) return "door";
  return place === OTHER_END ? "headquarters" : place;
}

/** @param time writes a time for people: milliseconds since 1970 */
export function traceText(records: readonly TraceRecord[], time: (at: number) => string): string {
  return `${records.map((record) => mailLines(record, time).join("\n")).join("\n\n")}\n`;
}

function mailLines(
  { mailId, messageId, sender, from, at, stays }: TraceRecord,
  time: (at: number) => string,
): string[] {
  const named = [...new Set(stays.map((stay) => stay.named))];
  const shown = named.slice(0, MAX_NAMED).join(", ");
  const more = named.length > MAX_NAMED ? ` and ${named.length - MAX_NAMED} more` : "";
  const lines = stays.filter(({ outcome }) => outcome !== "passed").sort(byTime);
  return [
    `${mailId}  from ${sender === "" ? "<>" : sender}${messageId === "" ? "" : `  ${messageId}`}`,
    `  ${time(at)}  taken from ${from} for ${shown}${more}`,
    ...lines.map((stay) => `  ${time(lastAt(stay))}  ${whose(stay)}: ${words(stay, time)}`),
  ].map(oneLine);
}

/** What headquarters says comes last: its clock is another one. */
function byTime(one: StayRecord, other: StayRecord): number {
  return Number(one.heardAt > 0) - Number(other.heardAt > 0) || lastAt(one) - lastAt(other);
}

/** When something was last known of it. */
function lastAt({ at, since }: StayRecord): number {
  return at === 0 ? since : at;
}

/** More are in the lines below. */
const MAX_NAMED = 10;

function whose({ named, recipient }: StayRecord): string {
  return recipient === named ? recipient : `${recipient} (for ${named})`;
}

function words(stay: StayRecord, time: (at: number) => string): string {
  const heard = stay.heardAt === 0 ? "" : ` (told by headquarters ${time(stay.heardAt)})`;
  const told = stay.told && stay.outcome !== "waits" ? " (the office that sent it knows)" : "";
  return `${outcomeWords(stay)}${heard}${told}`;
}

function outcomeWords(stay: StayRecord): string {
  const { outcome, place, text, status, people, arrived, lost } = stay;
  switch (outcome) {
    case "delivered":
      return deliveredWords(stay);
    case "failed":
      return `${place === DOOR ? "refused at the door" : "failed"}: ${text || "no reason given"} (${status})`;
    case "deferred":
      return `deferred${atPlace(place)}: ${text || "no reason given"} (${status})`;
    case "several":
      return severalWords(people, arrived, lost);
    case "waits":
      return place === SORTING ? "is being sorted" : `waits in the queue ${place}`;
    case "passed":
      return `left ${place}`;
    default:
      return outcome satisfies never;
  }
}

function severalWords(people: number, arrived: number, lost: number): string {
  const failures = lost === 0 ? "" : `, failed for ${lost}`;
  return `it is for ${people} people: delivered to ${arrived}${failures}${arrived + lost < people ? " so far" : ""}`;
}

/** Who took it from which place decides what "delivered" means. */
function deliveredWords({ place, via, text, reached, recipient }: StayRecord): string {
  if (place === OTHER_END) return reached === "" ? "delivered" : `delivered to ${reached}`;
  if (isMailbox(place)) return `delivered to the mailbox ${place.slice(place.indexOf("/") + 1)}`;
  if (place === "outbound") return `crossed the link${via === "" ? "" : ` ${via}`}, headquarters has it`;
  if (place.startsWith("office/")) return `delivered, ${place.slice(place.indexOf("/") + 1)} has it`;
  return `delivered${text === "" || text === recipient ? "" : `: ${text}`}`;
}

function atPlace(place: string): string {
  return place === OTHER_END ? "" : ` in ${place}`;
}

/** One event, one line, whatever an address holds; `answer` takes care of what a terminal would obey. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\t\u2028\u2029]+/g, " ");
}

/** JSON escapes control characters below 0x20, but not these, which some terminals obey too. */
function visible(text: string): string {
  return text.replace(/[\x7f-\x9f\u2028\u2029]/g, "\ufffd").toWellFormed();
}

/** A clock that was years off may have written a time that no calendar has. */
function iso(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
