import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  Maildir,
  type MaildirEntry,
  type MaildirFile,
  type MaildirOptions,
  NotAMessageError,
  NotFoundError,
} from "node-maildir";
import { type EntryHead, encodeEntryHead, entryName, MAX_HEAD, parseEntryHead, parseEntryName } from "./entry.ts";

/**
 * One queue: a Maildir whose files are entries. The file is the promise: what `add` has returned is on
 * the disk, name and bytes; what `remove` has returned will not come back. A crash in between leaves
 * either the old state or the new one, never a torn entry (`node-maildir`'s contract).
 */
export interface QueueOptions extends MaildirOptions {
  /** Node name in the names of our entries. */
  readonly host: string;
  /** What the recipients of entries written by qmail-local begin with; asked for each one, since it may be changed. */
  readonly prefix?: () => string;
}

/** An entry that was read far enough to act on. Close it. */
export interface OpenEntry {
  readonly entry: MaildirEntry;
  readonly head: EntryHead;
  /** Bytes of the message, without the envelope lines. */
  readonly size: number;
  /** The message from its first byte, in pieces of at most 64 KB. */
  message(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Thrown when an entry cannot be read as one. It stays where it is; the others flow. */
export class UnreadableEntryError extends Error {
  constructor(name: string, reason: string) {
    super(`Cannot read entry "${name}": ${reason}`);
  }
}

const FIRST_READ = 4096;

export class Queue {
  readonly name: string;
  readonly maildir: Maildir;
  readonly #options: QueueOptions;

  constructor(name: string, path: string, options: QueueOptions) {
    this.name = name;
    this.#options = options;
    this.maildir = new Maildir(path, options);
  }

  create(): Promise<void> {
    return this.maildir.create();
  }

  /** Writes an entry durably. The same message for the same recipients is written once (`existed`). */
  async add(
    head: EntryHead,
    message: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<{ name: string; existed: boolean }> {
    const name = entryName(head, this.#options.host);
    return this.maildir.deliver(joined(encodeEntryHead(head), message), { name });
  }

  /**
   * As `add`, but stopped before the entry becomes visible: for mail that is remembered by id first.
   *
   * @param options.fresh the mail id was made just now, so no entry can have this name yet
   */
  draft(
    head: EntryHead,
    message: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options: { readonly fresh?: boolean } = {},
  ) {
    return this.maildir.draft(joined(encodeEntryHead(head), message), entryName(head, this.#options.host), options);
  }

  /** Oldest first; names only, nothing is opened. */
  list(): Promise<MaildirEntry[]> {
    return this.maildir.list();
  }

  /**
   * Opens an entry and reads its envelope. undefined when it has gone meanwhile.
   * @throws UnreadableEntryError when it is no entry, or the disk cannot read it.
   */
  async open(entry: MaildirEntry): Promise<OpenEntry | undefined> {
    const file = await this.#openFile(entry);
    if (file === undefined) return undefined;
    try {
      const { head, offset } = await this.#readHead(entry, file);
      return {
        entry,
        head,
        size: file.size - offset,
        message: () => file.stream(offset),
        close: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #openFile(entry: MaildirEntry): Promise<MaildirFile | undefined> {
    try {
      return await this.maildir.open(entry);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw new UnreadableEntryError(entry.name, error instanceof NotAMessageError ? error.message : String(error));
    }
  }

  async #readHead(entry: MaildirEntry, file: MaildirFile): Promise<{ head: EntryHead; offset: number }> {
    for (let want = FIRST_READ; ; want = Math.min(want * 16, MAX_HEAD)) {
      const length = Math.min(want, file.size);
      const bytes = await readExactly(file, length, entry.name);
      const parsed = parseEntryHead(bytes, entry.name, this.#options.prefix?.() ?? "", length === file.size);
      if (parsed.kind === "head") return parsed;
      if (parsed.kind === "unreadable") throw new UnreadableEntryError(entry.name, parsed.reason);
      if (want === MAX_HEAD)
        throw new UnreadableEntryError(entry.name, `its envelope is longer than ${MAX_HEAD} bytes`);
    }
  }

  /** Writes the entry anew under its old name with another head: one whole version always shows (P3). */
  async rewrite(open: OpenEntry, head: EntryHead): Promise<void> {
    await this.maildir.replace(open.entry, joined(encodeEntryHead(head), open.message()));
  }

  /** What waits: how much, how big, since when (seconds). Sizes are those of the files. */
  async summary(): Promise<{ messages: number; bytes: number; oldest: number | undefined }> {
    const entries = await this.list();
    let bytes = 0;
    for (const entry of entries) bytes += await this.sizeOf(entry);
    const first = entries[0];
    return { messages: entries.length, bytes, oldest: first === undefined ? undefined : this.bornOf(first) };
  }

  /** Bytes of an entry's file, envelope lines included; 0 when it has gone. */
  async sizeOf(entry: MaildirEntry): Promise<number> {
    const info = await stat(join(this.maildir.path, entry.folder, entry.name)).catch(() => undefined);
    return info?.size ?? 0;
  }

  remove(entry: MaildirEntry): Promise<void> {
    return this.maildir.remove(entry);
  }

  /** When an entry was born, in seconds, from its name alone. */
  bornOf(entry: MaildirEntry): number {
    return parseEntryName(entry.name)?.born ?? entry.time;
  }
}

async function readExactly(file: MaildirFile, length: number, name: string): Promise<Uint8Array> {
  try {
    return await file.read(0, length);
  } catch (error) {
    throw new UnreadableEntryError(name, String(error));
  }
}

/** Head and message as one run of pieces; small messages stay an array so that one write carries them. */
export function joined(
  head: Uint8Array,
  message: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (Array.isArray(message)) return [head, ...(message as Uint8Array[])];
  return (async function* () {
    yield head;
    yield* message;
  })();
}
