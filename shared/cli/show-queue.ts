import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { parseEntryName } from "#shared/queue/entry.js";
import { type Queue, UnreadableEntryError } from "#shared/queue/queue.js";
import { table } from "./table.ts";
import { formatDuration, formatSize } from "./units.ts";

/** What `queue` and `queue NAME` show, at hub and spoke. */
export interface QueueRow {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  /** ISO time, absent when nothing waits. */
  readonly oldest?: string;
}

export interface EntryRow {
  readonly id: string;
  readonly born: string;
  readonly bytes: number;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Its queue policy, where it has one. */
  readonly policy?: string;
  /** Why it cannot be worked on. */
  readonly unreadable?: string;
}

export async function queueRow(name: string, queue: Queue): Promise<QueueRow> {
  const { messages, bytes, oldest } = await queue.summary();
  return { name, messages, bytes, ...(oldest === undefined ? {} : { oldest: new Date(oldest * 1000).toISOString() }) };
}

/** At most this many entries are opened for a list; people page through the rest by name. */
const MOST_ENTRIES = 1000;

export async function entryRows(queue: Queue): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  for (const entry of (await queue.list()).slice(0, MOST_ENTRIES)) {
    const known = {
      id: parseEntryName(entry.name)?.id ?? entry.unique,
      born: iso(queue.bornOf(entry)),
      bytes: await queue.sizeOf(entry),
    };
    try {
      const open = await queue.open(entry);
      if (open === undefined) continue;
      const { sender, recipients } = open.head.envelope;
      const { policy } = open.head.fields;
      rows.push({
        ...known,
        id: open.head.id,
        sender,
        recipients: recipients.map(({ address }) => address),
        ...(policy === undefined ? {} : { policy }),
      });
      await open.close();
    } catch (error) {
      if (!(error instanceof UnreadableEntryError)) throw error;
      rows.push({ ...known, sender: "", recipients: [], unreadable: error.message });
    }
  }
  return rows;
}

export function queueText(rows: readonly QueueRow[], now: number): string {
  return table(
    rows.map((row) => [
      row.name,
      String(row.messages),
      formatSize(row.bytes),
      row.oldest === undefined ? "-" : formatDuration(Math.max(0, now - Date.parse(row.oldest))),
    ]),
    ["queue", "messages", "size", "oldest"],
  );
}

export function entryText(rows: readonly EntryRow[], now: number): string {
  if (rows.length === 0) return "nothing waits\n";
  return table(
    rows.map((row) => [
      row.id,
      formatDuration(Math.max(0, now - Date.parse(row.born))),
      formatSize(row.bytes),
      `<${row.sender}>`,
      row.unreadable ?? row.recipients.join(", "),
    ]),
    ["mail id", "age", "size", "from", "to"],
  );
}

/** The envelope and the header of one entry, found by mail id in any of the queues. */
export async function findEntry(
  queues: readonly (readonly [string, Queue])[],
  id: string,
): Promise<{ queue: string; text: string }> {
  for (const [name, queue] of queues) {
    for (const entry of await queue.list()) {
      if (parseEntryName(entry.name)?.id !== id.toUpperCase() && entry.unique !== id) continue;
      const open = await queue.open(entry);
      if (open === undefined) continue;
      try {
        return { queue: name, text: await headerText(open.message()) };
      } finally {
        await open.close();
      }
    }
  }
  throw new Failure(EXIT.badData, `No entry "${id}" waits here: it has been delivered, or it is at another node`);
}

const SHOWN_BYTES = 64 * 1024;

async function headerText(message: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const piece of message) {
    const text = Buffer.from(piece.subarray(0, SHOWN_BYTES)).toString("utf8");
    const end = text.indexOf("\n\n");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal obeys them
    return (end < 0 ? text : text.slice(0, end + 1)).replace(/[\x00-\x09\x0b-\x1f\x7f]/g, "?");
  }
  return "";
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
