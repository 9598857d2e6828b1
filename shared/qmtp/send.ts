import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { MaildirEntry } from "node-maildir";
import { encodePackage, packageSize, ReplyDecoder, type ReplyEvent } from "qmtp-codec";
import type { Outcome } from "#shared/mail/outcome.js";
import { type OpenEntry, UnreadableEntryError } from "#shared/queue/queue.js";
import { outcomeOfReply } from "./reply-outcome.ts";
import type { SendOptions } from "./send-options.ts";
import { counted, NOTHING_SENT, type SendReport, type Tally } from "./send-report.ts";

export type { SendOptions, SendReport };

/** Entries sent and not yet answered: what a cut repeats to a peer without memory is bounded by this. */
const UNANSWERED = 64;
/** Time for the last answers after the last byte, when the peer says nothing at all. Progress renews it. */
const ANSWER_PATIENCE_MS = 10 * 60_000;

/** 300 bit/s, with its share of overhead. */
const SLOWEST_BYTES_PER_S = 30;
/** Time for the peer to take one piece of 64 KB: half an hour at 300 bit/s. Without it a peer that never reads holds the queue. */
const WRITE_PATIENCE_MS = 60 * 60_000;

interface Sent {
  readonly open: OpenEntry;
  readonly outcomes: Outcome[];
}

/**
 * The client side of one QMTP connection: drains a queue into it, oldest first. Entries are written without
 * waiting; answers are read meanwhile (a client that does not read while it writes can deadlock). An entry leaves
 * the queue only in `settle`, called with the peer's answers; whatever was not answered stays untouched.
 */
export async function sendQueue(stream: Duplex, options: SendOptions): Promise<SendReport> {
  return new Sender(stream, options).run();
}

class Sender {
  readonly #stream: Duplex;
  readonly #options: SendOptions;
  readonly #replies = new ReplyDecoder();
  readonly #unanswered: Sent[] = [];
  readonly #tried = new Set<string>();
  #settling: Promise<unknown> = Promise.resolve();
  #broken: string | undefined;
  #wake: () => void = () => undefined;
  #onBreak: () => void = () => undefined;
  #report: Tally = NOTHING_SENT;

  constructor(stream: Duplex, options: SendOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  async run(): Promise<SendReport> {
    const stop = (): void => this.#break("stopped");
    this.#options.signal.addEventListener("abort", stop, { once: true });
    this.#stream.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    this.#stream.on("error", (error) => this.#break(String(error)));
    this.#stream.on("close", () => this.#break("the connection was closed"));
    this.#stream.on("end", () => this.#break("the peer closed the connection"));
    let all = false;
    try {
      if (this.#options.signal.aborted) stop();
      // It may have closed while this drain waited for its turn; then no event tells.
      if (this.#stream.destroyed) this.#break("the connection was closed");
      all = await this.#sendAll();
      await this.#waitFor(0);
    } catch (error) {
      // A queue that cannot be listed: what was answered is settled all the same, the rest stays.
      this.#options.log("internal-error", { where: `queue ${this.#options.queue.name}`, text: String(error) });
      this.#break(String(error));
    } finally {
      this.#options.signal.removeEventListener("abort", stop);
    }
    const lost = this.#unanswered.length > 0;
    // A recipient that was answered is done, even if the line broke before the others of its entry.
    const partly = this.#unanswered.filter(({ outcomes }) => outcomes.length > 0);
    const untouched = this.#unanswered.filter(({ outcomes }) => outcomes.length === 0);
    await Promise.all([
      this.#settling,
      ...partly.map((sent) => this.#settle(sent)),
      ...untouched.map(({ open }) => open.close()),
    ]);
    const ended = this.#endedBy(all, lost);
    // After a cut nobody waits for what is still unwritten, and a peer that reads nothing would keep it for ever.
    if (ended === "cut") this.#stream.destroy();
    else this.#stream.end();
    const reason = ended === "drained" || this.#broken === undefined ? {} : { reason: this.#broken };
    return { ...this.#report, ended, ...reason };
  }

  #endedBy(all: boolean, lost: boolean): SendReport["ended"] {
    if (this.#options.signal.aborted) return "stopped";
    if (lost || (this.#broken !== undefined && !all)) return "cut";
    return all ? "drained" : "limit";
  }

  /** @returns false when a limit ended it before the queue did */
  async #sendAll(): Promise<boolean> {
    for (;;) {
      // A new look after each pass: mail that came meanwhile goes in the same window.
      await this.#options.prepare?.();
      const entries = (await this.#options.queue.list()).filter(({ unique }) => !this.#tried.has(unique));
      if (entries.length === 0) {
        if (!(await this.#more())) return true;
        continue;
      }
      for (const entry of this.#ordered(entries)) {
        this.#tried.add(entry.unique);
        await this.#waitFor(UNANSWERED - 1);
        if (this.#broken !== undefined) return false;
        if ((await this.#sendOne(entry)) === "limit") return false;
      }
    }
  }

  #ordered(entries: readonly MaildirEntry[]): readonly MaildirEntry[] {
    const { first } = this.#options;
    return first === undefined ? entries : [...entries.filter(first), ...entries.filter((entry) => !first(entry))];
  }

  /** On a link that stays open, what the peer deferred is offered again with the next mail or minute. */
  async #more(): Promise<boolean> {
    const { more } = this.#options;
    if (more === undefined) return false;
    await this.#waitFor(0);
    const gone = new AbortController();
    this.#onBreak = () => gone.abort();
    if (this.#broken !== undefined || !(await more(gone.signal))) return false;
    this.#tried.clear();
    return this.#broken === undefined;
  }

  async #sendOne(entry: MaildirEntry): Promise<"sent" | "skipped" | "limit"> {
    const open = await this.#open(entry);
    if (open === undefined) return "skipped";
    const { envelope } = open.head;
    const recipients = envelope.recipients.map(({ address }) => address);
    const may = this.#options.mayStart(packageSize(open.size, envelope.sender, recipients));
    if (may !== "yes") {
      await open.close();
      return may === "skip" ? "skipped" : "limit";
    }
    this.#unanswered.push({ open, outcomes: [] });
    try {
      for await (const piece of encodePackage(open.size, open.message(), envelope.sender, recipients)) {
        if (this.#broken !== undefined) break;
        if (!this.#stream.write(piece)) await this.#drain();
      }
    } catch (error) {
      // The disk failed in mid-package: nothing but a cut can tell the peer that the rest will not come.
      this.#logUnreadable(entry, String(error));
      this.#break(String(error));
      this.#stream.destroy();
    }
    return "sent";
  }

  async #open(entry: MaildirEntry): Promise<OpenEntry | undefined> {
    try {
      return await this.#options.queue.open(entry);
    } catch (error) {
      if (!(error instanceof UnreadableEntryError)) throw error;
      this.#logUnreadable(entry, error.message);
      return undefined;
    }
  }

  #logUnreadable(entry: MaildirEntry, text: string): void {
    this.#options.log("entry-unreadable", { queue: this.#options.queue.name, entry: entry.name, text });
  }

  async #drain(): Promise<void> {
    const gone = new AbortController();
    this.#onBreak = () => gone.abort();
    if (this.#broken !== undefined) return;
    const patience = setTimeout(() => this.#break("the peer took nothing for an hour"), WRITE_PATIENCE_MS);
    // Rejects only when the stream broke, and then #broken says why.
    await once(this.#stream, "drain", { signal: gone.signal }).catch(() => undefined);
    clearTimeout(patience);
  }

  /** What the system or a modem has taken may still be crossing: a long message on a slow line is not a dead peer. */
  #patience(): number {
    const crossing = this.#unanswered.reduce((sum, { open }) => sum + open.size, 0);
    return ANSWER_PATIENCE_MS + (crossing / SLOWEST_BYTES_PER_S) * 1000;
  }

  /** Waits until at most `count` entries are unanswered, or the stream is broken. */
  async #waitFor(count: number): Promise<void> {
    while (this.#unanswered.length > count && this.#broken === undefined) {
      await new Promise<void>((resolve) => {
        const patience = setTimeout(() => this.#break("no answer came in all that time"), this.#patience());
        this.#wake = () => {
          clearTimeout(patience);
          resolve();
        };
      });
    }
  }

  #onData(chunk: Uint8Array): void {
    // What is settled as it stands when the line breaks may not be settled again by a late answer.
    if (this.#broken !== undefined) return;
    for (const event of this.#replies.feed(chunk)) {
      if (event.kind === "error") {
        this.#break(`remote protocol violation: ${event.reason}`);
        this.#stream.destroy();
        return;
      }
      this.#onReply(event);
    }
    this.#wake();
  }

  #onReply(event: ReplyEvent & { kind: "reply" }): void {
    const sent = this.#unanswered[0];
    if (sent === undefined) {
      this.#break("remote protocol violation: an answer to nothing");
      this.#stream.destroy();
      return;
    }
    sent.outcomes.push(outcomeOfReply(event, this.#options.remote));
    if (sent.outcomes.length < sent.open.head.envelope.recipients.length) return;
    this.#unanswered.shift();
    // Without the last step each result would hold the one before it, all session long.
    this.#settling = Promise.all([this.#settling, this.#settle(sent)]).then(() => undefined);
  }

  async #settle({ open, outcomes }: Sent): Promise<void> {
    try {
      await this.#options.settle(open, outcomes);
      this.#report = counted(this.#report, open, outcomes);
      this.#options.onProgress?.(this.#report);
    } catch (error) {
      // The entry stays; the peer has it. Between qrelay nodes the repeat is recognised by its id.
      const where = `queue ${this.#options.queue.name}`;
      this.#options.log("internal-error", { where, mail: open.head.id, text: String(error) });
    } finally {
      await open.close();
    }
  }

  #break(reason: string): void {
    this.#broken ??= reason;
    if (reason === "stopped") this.#stream.destroy();
    this.#onBreak();
    this.#wake();
  }
}
