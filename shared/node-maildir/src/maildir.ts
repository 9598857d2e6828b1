import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { type Box, folderPath } from "./box.ts";
import { createMaildir, isMaildir } from "./create.ts";
import { type Draft, isInNew, writeDraft } from "./draft.ts";
import type { Chunks } from "./durable.ts";
import { type MaildirFs, nodeFs } from "./fs.ts";
import { findEntry, findInFolder, listEntries } from "./list.ts";
import type { MaildirFile } from "./maildir-file.ts";
import { moveMessage } from "./move.ts";
import { assertNewName, type MaildirEntry } from "./names.ts";
import { openMessage } from "./open-message.ts";
import { removeMessage } from "./remove.ts";
import { replaceMessage } from "./replace.ts";
import { Sweeper } from "./sweep.ts";
import { syncTogether } from "./sync-together.ts";
import { escapeHost, makeUniqueName } from "./unique-name.ts";
import { watchMaildir } from "./watch.ts";

export interface MaildirOptions {
  /** The disk. Tests give one that fails; the default is the real one. */
  fs?: MaildirFs;
  /** Host part of new names; '/' and ':' are escaped. Default: the machine's host name. */
  host?: string;
  /** Wall clock in milliseconds. Default: `Date.now`. */
  now?: () => number;
  /** Random bytes for new names. Default: `crypto.randomBytes`. */
  random?: (n: number) => Uint8Array;
}

/** One maildir: `tmp`, `new` and `cur` below one directory. The README says what holds after each call resolves. */
export class Maildir {
  /** Absolute path. */
  readonly path: string;
  readonly #box: Box;
  readonly #sweeper = new Sweeper();
  #created: boolean = false;

  constructor(path: string, options: MaildirOptions = {}) {
    const { fs = nodeFs, now = Date.now, random = randomBytes } = options;
    const host = escapeHost(options.host ?? hostname());
    this.path = resolve(path);
    this.#box = { fs, path: this.path, now, uniqueName: () => makeUniqueName(now(), random, host) };
  }

  /** Makes the maildir and its missing parents, mode 0700, and syncs their names. Safe to repeat; fast when it exists. */
  async create(): Promise<void> {
    // The first time also when it exists: an earlier process may have died between making it and syncing it.
    if (this.#created && (await isMaildir(this.#box))) return;
    await createMaildir(this.#box);
    this.#created = true;
  }

  /** A new name, `SECONDS.M<microseconds>P<pid>Q<count>R<random>.HOST`. */
  uniqueName(): string {
    return this.#box.uniqueName();
  }

  /**
   * Writes a whole message in `tmp/` and syncs its bytes. Commit or abort the draft.
   *
   * @param name as it shall stand in `new/`; default a unique one. TypeError for one that cannot be used.
   * @param options.fresh nobody can have used this name before: it holds a random part that was made just now. Saves
   * the look whether it is there; with a name that is there, the older message would be lost.
   * @throws whatever the disk or `chunks` throws; the tmp file is gone then
   */
  async draft(chunks: Chunks, name?: string, options: { fresh?: boolean } = {}): Promise<Draft> {
    if (name !== undefined) assertNewName(name);
    return await writeDraft(this.#box, chunks, name, options.fresh);
  }

  /**
   * Delivers one message; once this resolves it is durable and may be acknowledged. With a `name` that is already in
   * `new/` nothing is written, `chunks` is not read, and `existed` is true.
   *
   * @param options.repeat the delivery may repeat one from before a crash: look in `cur/` too, with any flags
   * @throws do not acknowledge then; deliver again, under the same name if the message must not come twice
   */
  async deliver(
    chunks: Chunks,
    options: { name?: string; repeat?: boolean } = {},
  ): Promise<{ name: string; existed: boolean }> {
    const { name, repeat = false } = options;
    if (name !== undefined) {
      assertNewName(name);
      if (await this.#isDelivered(name, repeat)) return { name, existed: true };
    }
    const draft = await writeDraft(this.#box, chunks, name);
    try {
      await draft.commit();
    } finally {
      await draft.abort();
    }
    return { name: draft.name, existed: draft.existed };
  }

  /** All messages, oldest first, by name alone; see `open` for what may be wrong with them. */
  async list(): Promise<MaildirEntry[]> {
    return await listEntries(this.#box);
  }

  /** The message with this unique part, in `new/` or in `cur/` with any flags. */
  async find(unique: string): Promise<MaildirEntry | undefined> {
    return await findEntry(this.#box, unique);
  }

  /**
   * Opens a message for reading, following it once when a reader has renamed it. Close the file.
   *
   * @throws NotAMessageError for a symlink, FIFO, socket or directory; NotFoundError when it has vanished
   */
  async open(entry: MaildirEntry): Promise<MaildirFile> {
    return await openMessage(this.#box, entry);
  }

  /**
   * Puts a new version in the entry's place; at every moment one whole version is visible.
   *
   * @throws NotFoundError when it has vanished. After any error the entry shows the old or the new version, whole.
   */
  async replace(entry: MaildirEntry, chunks: Chunks): Promise<void> {
    await replaceMessage(this.#box, entry, chunks);
  }

  /** Removes a message, following it once when a reader has renamed it. One that has vanished is no error. */
  async remove(entry: MaildirEntry): Promise<void> {
    await removeMessage(this.#box, entry);
  }

  /**
   * Moves a message with its name and flags to another maildir on the same disk. False when it has vanished.
   *
   * @throws what the disk throws; the message is then in one of the two
   */
  async move(entry: MaildirEntry, to: Maildir): Promise<boolean> {
    return await moveMessage(this.#box, entry, to.#box);
  }

  /**
   * Removes files from `tmp/` that nobody has touched for OSSIFIED_MS and that this process is not writing. Call it
   * on the same object from time to time.
   *
   * @returns files removed
   */
  async sweep(): Promise<number> {
    return await this.#sweeper.sweep(this.#box, () => performance.now());
  }

  /** Calls `onChange` soon after messages come, go or change flags, until `signal` aborts. Bursts become one call. */
  watch(onChange: () => void, signal: AbortSignal): void {
    watchMaildir(this.#box, onChange, signal);
  }

  // "It is there" is an answer that will be acknowledged: sync, in case who put it there died before its own sync.
  async #isDelivered(name: string, repeat: boolean): Promise<boolean> {
    if (await isInNew(this.#box, name)) {
      await syncTogether(this.#box.fs, folderPath(this.#box, "new"));
      return true;
    }
    if (!repeat || (await findInFolder(this.#box, "cur", name)) === undefined) return false;
    await syncTogether(this.#box.fs, folderPath(this.#box, "cur"));
    return true;
  }
}
