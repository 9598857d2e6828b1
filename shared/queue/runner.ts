import type { MaildirEntry } from "node-maildir";
import type { Outcome } from "#shared/mail/outcome.js";
import type { EntryHead } from "./entry.ts";
import { type OpenEntry, type Queue, UnreadableEntryError } from "./queue.ts";
import { nextRetry } from "./retry.ts";
import { type SettleContext, settle } from "./settle.ts";
import { Shares } from "./shares.ts";

/**
 * Works a queue: every entry is attempted, then settled. What it remembers between attempts (when to try
 * again) can be lost at any moment: the files are the queue, and a restart tries all of them once.
 */
export interface Attempt {
  readonly outcomes: readonly Outcome[];
  /** When an expansion changed who the recipients are: the head that the outcomes belong to. */
  readonly head?: EntryHead;
}

export interface RunnerOptions {
  readonly queue: Queue;
  readonly attempt: (open: OpenEntry, signal: AbortSignal) => Promise<Attempt>;
  readonly settle: SettleContext;
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** Attempts under way at once of entries with the same policy; absent: no such limit here. */
  readonly policyConcurrency?: (policy: string) => number | undefined;
}

/** Entries that came without a word (sendmail while we were down, another program): seen this often at the least. */
const RESCAN_MS = 60_000;
/** A clock that jumped back may not make a busy loop of us. */
const LEAST_WAIT_MS = 1000;
/** No wait is longer: a time further off was set by a clock that has been put right since. */
const LONGEST_WAIT_S = 86_400 + 3600;
/** An unreadable entry is looked at again: it may have been the machine's trouble (no descriptors left), not the file's. */
const UNREADABLE_AGAIN_S = 3600;
/** An attempt that throws (a bug) may not spin. */
const AFTER_THROW_S = 60;

export class Runner {
  readonly #options: RunnerOptions;
  readonly #abort = new AbortController();
  /** Entry name → when it may be tried again, in seconds. Names not in here are new. */
  readonly #notBefore = new Map<string, number>();
  readonly #busy = new Set<string>();
  /** Of entries that were opened, so that those over their policy's limit are not opened again and again. */
  readonly #policyOf = new Map<string, string>();
  readonly #shares: Shares<MaildirEntry>;
  #ready: MaildirEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #scanning: Promise<void> | undefined;
  #again = false;
  #running = new Set<Promise<void>>();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#shares = new Shares((policy) => this.#concurrencyOf(policy));
  }

  /** Looks at the queue now; called when something was added, and by its own timer. */
  kick(): void {
    if (this.#abort.signal.aborted) return;
    if (this.#scanning !== undefined) {
      this.#again = true;
      return;
    }
    this.#scanning = this.#scan().finally(() => {
      this.#scanning = undefined;
      if (this.#again) {
        this.#again = false;
        this.kick();
      }
    });
  }

  /** Forgets waiting times: the administrator, or a host that has come back, asks for everything now. */
  retryAll(): void {
    this.#notBefore.clear();
    this.kick();
  }

  /** One look at everything that is due, to its end: for a command that works without the daemon. */
  async once(): Promise<void> {
    this.kick();
    while (this.#scanning !== undefined || this.#running.size > 0) {
      await this.#scanning;
      await Promise.all(this.#running);
    }
  }

  /** Ends after the attempts under way; attempts are told to stop by their signal. */
  async stop(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#timer);
    await this.#scanning;
    await Promise.all(this.#running);
  }

  async #scan(): Promise<void> {
    const { queue, settle: context } = this.#options;
    clearTimeout(this.#timer);
    this.#armedFor = Number.POSITIVE_INFINITY;
    let next = context.now() + RESCAN_MS;
    try {
      const entries = await queue.list();
      this.#forgetGone(entries);
      const now = context.now() / 1000;
      this.#shares.forgetHeldBack();
      this.#ready = entries.filter(
        ({ unique }) => !this.#busy.has(unique) && isDue(this.#notBefore.get(unique) ?? 0, now),
      );
      for (const at of this.#notBefore.values()) if (at > now) next = Math.min(next, at * 1000);
    } catch (error) {
      context.log("internal-error", { where: `queue ${queue.name}`, text: String(error) });
    }
    this.#startReady();
    this.#arm(next);
  }

  #forgetGone(entries: readonly MaildirEntry[]): void {
    if (this.#notBefore.size + this.#policyOf.size === 0) return;
    const present = new Set(entries.map(({ unique }) => unique));
    for (const known of [this.#notBefore, this.#policyOf])
      for (const name of known.keys()) if (!present.has(name) && !this.#busy.has(name)) known.delete(name);
  }

  #startReady(): void {
    while (this.#busy.size < this.#options.concurrency && !this.#abort.signal.aborted) {
      const entry = this.#ready.shift();
      if (entry === undefined) return;
      if (this.#busy.has(entry.unique)) continue;
      const policy = this.#policyOf.get(entry.unique);
      if (policy !== undefined && this.#shares.isFull(policy)) {
        this.#shares.holdBack(policy, entry);
        continue;
      }
      this.#busy.add(entry.unique);
      const work = this.#work(entry).finally(() => {
        this.#letNext(entry);
        this.#busy.delete(entry.unique);
        this.#running.delete(work);
        this.#startReady();
      });
      this.#running.add(work);
    }
  }

  /** Whatever became of this one (it may have gone before it was opened): another of its policy may come in its place. */
  #letNext({ unique }: MaildirEntry): void {
    const policy = this.#policyOf.get(unique);
    const next = policy === undefined ? undefined : this.#shares.next(policy);
    if (next !== undefined) this.#ready.unshift(next);
  }

  async #work(entry: MaildirEntry): Promise<void> {
    const { queue, settle: context } = this.#options;
    try {
      const open = await queue.open(entry);
      if (open === undefined) return;
      try {
        await this.#withinShare(entry, open);
      } finally {
        await open.close();
      }
    } catch (error) {
      const now = context.now() / 1000;
      if (error instanceof UnreadableEntryError) {
        context.log("entry-unreadable", { queue: queue.name, entry: entry.name, text: error.message });
        this.#wait(entry, now + UNREADABLE_AGAIN_S);
        return;
      }
      context.log("internal-error", { where: `queue ${queue.name}`, entry: entry.name, text: String(error) });
      this.#wait(entry, Math.max(now + AFTER_THROW_S, nextRetry(queue.bornOf(entry), now, context.policy.step)));
    }
  }

  /** A directory in trouble is no reason to let mail lie. */
  #concurrencyOf(policy: string): number | undefined {
    try {
      return this.#options.policyConcurrency?.(policy);
    } catch (error) {
      this.#options.settle.log("internal-error", { where: "policies", text: String(error) });
      return undefined;
    }
  }

  /** Over its policy's limit nothing is done and nothing is counted: it comes when another one of the policy is done. */
  async #withinShare(entry: MaildirEntry, open: OpenEntry): Promise<void> {
    const { policy } = open.head.fields;
    if (policy === undefined || this.#options.policyConcurrency === undefined) return this.#attempt(entry, open);
    this.#policyOf.set(entry.unique, policy);
    if (!this.#shares.take(policy)) return this.#shares.holdBack(policy, entry);
    try {
      await this.#attempt(entry, open);
    } finally {
      this.#shares.release(policy);
    }
  }

  async #attempt(entry: MaildirEntry, open: OpenEntry): Promise<void> {
    const { queue, settle: context } = this.#options;
    const { outcomes, head } = await this.#options.attempt(open, this.#abort.signal);
    const settled = await settle(context, queue, open, outcomes, head);
    if (settled.kind === "gone") this.#notBefore.delete(entry.unique);
    else this.#wait(entry, settled.nextAt);
  }

  #wait(entry: MaildirEntry, at: number): void {
    this.#notBefore.set(entry.unique, at);
    this.#arm(at * 1000);
  }

  /** One timer, for the earliest reason to look again. Milliseconds since 1970. */
  #arm(at: number): void {
    if (this.#abort.signal.aborted || at >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = at;
    const timer = setTimeout(() => this.kick(), Math.max(at - this.#options.settle.now(), LEAST_WAIT_MS));
    timer.unref();
    this.#timer = timer;
  }
}

function isDue(notBefore: number, now: number): boolean {
  return notBefore <= now || notBefore > now + LONGEST_WAIT_S;
}
