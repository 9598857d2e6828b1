import { join } from "node:path";
import { Maildir, type MaildirFs } from "node-maildir";
import { quoteAddress } from "#shared/mail/address.js";
import type { Recipient } from "#shared/mail/envelope.js";
import { mailboxPath } from "#shared/mailbox/mailbox-path.js";
import { type MailboxContent, type MeasureMailbox, mailboxMeter } from "#shared/mailbox/measure-mailbox.js";
import { type EntryHead, entryName } from "./entry.ts";
import { joined, Queue } from "./queue.ts";

/**
 * The places of a node where mail can be: its queues and mailboxes under DIR. Knows paths and names,
 * decides nothing.
 */
export type Place =
  | {
      readonly kind: "queue" /** "sorting", "internet", "programs", "moderation", "outbound" or "office/NAME" */;
      readonly name: string;
    }
  | { readonly kind: "mailbox" /** as `mailboxName` gives it */; readonly name: string };

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export class Store {
  readonly dir: string;
  readonly host: string;
  readonly #prefixOf: (queue: string) => string;
  readonly #fs: { readonly fs?: MaildirFs };
  readonly #queues = new Map<string, Queue>();
  readonly #mailboxes = new Map<string, Maildir>();
  readonly #measure: MeasureMailbox;
  readonly #listeners = new Set<(queue: string) => void>();

  /**
   * @param prefixOf see `QueueOptions.prefix`, for each queue
   * @param fs the disk; tests give one that fails
   */
  constructor(dir: string, host: string, prefixOf: (queue: string) => string = () => "", fs?: MaildirFs) {
    this.dir = dir;
    this.host = host;
    this.#prefixOf = prefixOf;
    this.#fs = fs === undefined ? {} : { fs };
    this.#measure = mailboxMeter(fs);
  }

  get partial(): string {
    return join(this.dir, "partial");
  }

  get sorting(): Queue {
    return this.queue("sorting");
  }

  queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, join(this.dir, "queue", name), {
        host: this.host,
        prefix: () => this.#prefixOf(name),
        ...this.#fs,
      });
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** Tells who waits for entries that something was added to a queue; the result ends it. */
  onAdded(listener: (queue: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  added(queue: string): void {
    for (const listener of this.#listeners) listener(queue);
  }

  /**
   * Writes a message for one place, durable but not yet visible: `commit` makes it so.
   *
   * @param options.fresh the mail id was made just now: nobody can have written this message before
   */
  async draft(place: Place, head: EntryHead, message: Pieces, options: { readonly fresh?: boolean } = {}) {
    if (place.kind === "queue") return this.queue(place.name).draft(head, message, options);
    const maildir = await this.#readyMailbox(place.name);
    return maildir.draft(joined(mailboxHead(head), message), entryName(head, this.host), options);
  }

  /**
   * Takes out again what a failed `commit` may have made visible, so that whoever works the place does not pass on
   * what was not acknowledged. Only for mail that comes once: nobody else writes the same name meanwhile.
   */
  async withdraw(place: Place, name: string): Promise<void> {
    const maildir = place.kind === "queue" ? this.queue(place.name).maildir : await this.#readyMailbox(place.name);
    await maildir.remove({ folder: "new", name, unique: name, flags: "", time: 0 });
  }

  /** Writes a message to one place; does nothing where an earlier attempt already wrote it. */
  async deliver(place: Place, head: EntryHead, message: Pieces): Promise<void> {
    if (place.kind === "queue") {
      await this.queue(place.name).add(head, message);
      this.added(place.name);
      return;
    }
    const maildir = await this.#readyMailbox(place.name);
    await maildir.deliver(joined(mailboxHead(head), message), { name: entryName(head, this.host), repeat: true });
  }

  /** What a mailbox holds now. @param name as `mailboxName` gives it */
  contentOf(name: string): Promise<MailboxContent> {
    return this.#measure(mailboxPath(this.dir, name));
  }

  async #readyMailbox(name: string): Promise<Maildir> {
    let known = this.#mailboxes.get(name);
    if (known === undefined) {
      const options = { host: this.host, ...this.#fs };
      known = new Maildir(mailboxPath(this.dir, name), options);
      this.#mailboxes.set(name, known);
    }
    // A mailbox is made when the first message comes (people arrive from the hub by name only), and again when somebody has taken it away.
    await known.create();
    return known;
  }
}

/** The two lines of a final delivery (RFC 5321 §4.4: Return-Path only there). */
function mailboxHead(head: EntryHead): Uint8Array {
  const recipients = head.envelope.recipients.map(({ address }: Recipient) => `Delivered-To: ${address}\n`);
  return Buffer.from(`Return-Path: <${quoteAddress(head.envelope.sender)}>\n${recipients.join("")}`);
}
