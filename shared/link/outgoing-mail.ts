import { createHash } from "node:crypto";
import type { MaildirEntry } from "node-maildir";
import { HeaderScanner } from "#shared/mail/header.js";
import { isOldMail } from "#shared/queue/old-mail.js";
import { passedOn } from "#shared/queue/own-fields.js";
import { type OpenEntry, type Queue, UnreadableEntryError } from "#shared/queue/queue.js";
import { KEPT_OF_LONG } from "./history-item.ts";
import { LARGE_CONTENT } from "./large-content.ts";
import { messageClass } from "./message-class.ts";
import type { ParcelClass, ParcelHeader } from "./parcel.ts";
import { parcelId } from "./wire/parcel-head.ts";

/** The queue as the link sees it: what waits, of which class, and each message as a parcel. */
export interface Waiting {
  readonly entry: MaildirEntry;
  /** Parcel id. */
  readonly id: string;
  readonly class: ParcelClass;
  /** Of the message as stored. */
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly born: number;
}

export interface OutgoingMailOptions {
  readonly queue: Queue;
  /** What goes before the rest: the office's people, who decide for whom the mail behind them is. */
  readonly first?: (entry: MaildirEntry) => boolean;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

/** Entries read in one look: the line is not kept waiting for a backlog of a hundred thousand. */
const READ_AT_ONCE = 500;
/** Entries known at a time. More would only be ranked, never sent in one window. */
const MOST_KNOWN = 5000;
/** Header bytes read to find the class. */
const HEADER_READ = 16 * 1024;

export class OutgoingMail {
  readonly #options: OutgoingMailOptions;
  readonly #known = new Map<string, Waiting>();
  readonly #unreadable = new Set<string>();

  constructor(options: OutgoingMailOptions) {
    this.#options = options;
  }

  get(key: string): Waiting | undefined {
    return this.#known.get(key);
  }

  byId(id: string): string | undefined {
    for (const [key, waiting] of this.#known) if (waiting.id === id) return key;
    return undefined;
  }

  /** What waits, by the part of its name that stays; `all` is false while there is more to read. */
  async look(): Promise<{ waiting: ReadonlyMap<string, Waiting>; all: boolean }> {
    const entries = await this.#options.queue.list();
    const present = new Set(entries.map(({ unique }) => unique));
    for (const key of this.#known.keys()) if (!present.has(key)) this.#known.delete(key);
    const fresh = entries.filter(({ unique }) => !this.#known.has(unique) && !this.#unreadable.has(unique));
    const room = Math.min(READ_AT_ONCE, MOST_KNOWN - this.#known.size);
    for (const entry of fresh.slice(0, Math.max(0, room))) await this.#read(entry);
    return { waiting: this.#known, all: fresh.length <= room || this.#known.size >= MOST_KNOWN };
  }

  async #read(entry: MaildirEntry): Promise<void> {
    const open = await this.#open(entry);
    if (open === undefined) return;
    try {
      const { head, size } = open;
      const first = this.#options.first?.(entry) === true;
      const id = parcelId({ kind: "mail", mailId: head.id, recipients: head.envelope.recipients, checksum: "" });
      const kind = first ? "urgent" : isOldMail(head.fields) ? "bulk" : messageClass(await headerOf(open), size);
      this.#known.set(entry.unique, { entry, id, class: kind, bytes: size, born: head.born });
    } catch (error) {
      this.#setAside(entry, String(error));
    } finally {
      await open.close();
    }
  }

  /** undefined when it has gone or cannot be read. Close it. */
  async #open(entry: MaildirEntry): Promise<OpenEntry | undefined> {
    try {
      return await this.#options.queue.open(entry);
    } catch (error) {
      if (!(error instanceof UnreadableEntryError)) throw error;
      this.#setAside(entry, error.message);
      return undefined;
    }
  }

  /** D3: this one stays where it is, the others flow. */
  #setAside(entry: MaildirEntry, text: string): void {
    this.#unreadable.add(entry.unique);
    this.#known.delete(entry.unique);
    this.#options.log("entry-unreadable", { queue: this.#options.queue.name, entry: entry.name, text });
  }

  /** An entry that is still there, to be settled. Close it. */
  async open(key: string): Promise<OpenEntry | undefined> {
    const waiting = this.#known.get(key);
    return waiting === undefined ? undefined : this.#open(waiting.entry);
  }

  /** A message and its header as a parcel, to be read to its end or closed; undefined when it has gone or cannot be read. */
  async parcel(key: string): Promise<OutgoingParcel | undefined> {
    const waiting = this.#known.get(key);
    const open = waiting === undefined ? undefined : await this.#open(waiting.entry);
    if (waiting === undefined || open === undefined) return undefined;
    try {
      const large = open.size > LARGE_CONTENT;
      const { checksum, beginning, size } = await digest(open, large ? KEPT_OF_LONG : LARGE_CONTENT);
      const header = headerFor(open, waiting.class, size, checksum);
      if (large) return { header, beginning, content: open.message(), close: () => open.close() };
      await open.close();
      return { header, beginning, close: () => Promise.resolve() };
    } catch (error) {
      await open.close();
      this.#setAside(waiting.entry, String(error));
      return undefined;
    }
  }
}

export interface OutgoingParcel {
  readonly header: ParcelHeader;
  /** The whole content, or of a large one the beginning. */
  readonly beginning: Buffer;
  /** A large content, in pieces; absent where `beginning` is all. */
  readonly content?: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Reads a message once: its checksum, and as much of its beginning as is wanted. */
async function digest(open: OpenEntry, kept: number): Promise<{ checksum: string; beginning: Buffer; size: number }> {
  const hash = createHash("sha256");
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of open.message()) {
    hash.update(piece);
    if (size < kept) pieces.push(piece.subarray(0, kept - size));
    size += piece.length;
  }
  return { checksum: hash.digest("hex").slice(0, 16), beginning: Buffer.concat(pieces), size };
}

function headerFor({ head }: OpenEntry, parcelClass: ParcelClass, size: number, checksum: string): ParcelHeader {
  const { sender, recipients, ret, envid, smtputf8 } = head.envelope;
  return {
    kind: "mail",
    mailId: head.id,
    sender,
    recipients,
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
    ...(smtputf8 === undefined ? {} : { smtputf8 }),
    class: parcelClass,
    fields: passedOn(head.fields),
    size,
    checksum,
  };
}

async function headerOf(open: OpenEntry): Promise<HeaderScanner> {
  const scanner = new HeaderScanner();
  let read = 0;
  for await (const piece of open.message()) {
    scanner.feed(piece);
    read += piece.length;
    if (scanner.done || read >= HEADER_READ) break;
  }
  scanner.end();
  return scanner;
}
