import { deferred, type Outcome } from "#shared/mail/outcome.js";
import { type Accept, createAccept } from "./accept.ts";
import type { Filter } from "./filter.ts";
import { type Announced, type EarlyJudgement, judgeEarly } from "./judge-early.ts";
import type { Memory } from "./memory.ts";
import { type Entrance, type Policies, settlePolicyOf, sizeLimit } from "./policies.ts";
import { type OpenEntry, UnreadableEntryError } from "./queue.ts";
import { believableAge } from "./retry.ts";
import type { Router } from "./route.ts";
import { Runner, type RunnerOptions } from "./runner.ts";
import { type SettleContext, settle } from "./settle.ts";
import type { SettlePolicy } from "./settlement.ts";
import { sortSeen } from "./sort-unseen.ts";
import type { Store } from "./store.ts";
import { noteTrace, type Trace } from "./trace.ts";

/**
 * The moving parts that hub and spoke have in common, wired once: the front door, the sorter, the runners of
 * queues that work by themselves, and the housekeeping of those that wait for a link.
 */
export interface EngineOptions {
  readonly store: Store;
  readonly route: Router;
  readonly memory: Memory;
  /** What `trace` and receipts know. */
  readonly trace?: Trace;
  readonly policies?: Policies;
  /** Absent: nothing is filtered. @param signal the node stops: no filter is waited for any more */
  readonly makeFilter?: (signal: AbortSignal) => Filter;
  /** Where double bounces go. */
  readonly postmaster: string;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** For queue/sorting. */
  readonly sortPolicy: SettlePolicy;
  /** For queues that wait for a link. */
  readonly linkPolicy: SettlePolicy;
}

/** Entries sorted at once: each is a few small files, and the disk is the limit. */
const SORT_CONCURRENCY = 16;
/** Housekeeping: expiry and delay notices of waiting queues, stale tmp files, old memory. */
const HOUSEKEEPING_MS = 10 * 60_000;
/** Mail that another process put into queue/sorting (sendmail, where smtp.listen is off) waits at most this long. */
const LOOK_MS = 15_000;

export class Engine {
  readonly accept: Accept;
  readonly #options: EngineOptions;
  readonly #runners = new Map<string, Runner>();
  readonly #turns = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: EngineOptions) {
    this.#options = options;
    const filter = options.makeFilter?.(this.#stopping.signal);
    const context = { ...options, ...(filter === undefined ? {} : { filter }) };
    this.accept = createAccept(context);
    this.addRunner({
      queue: options.store.sorting,
      attempt: (open) => sortSeen(context, open),
      settle: this.settleContext(options.sortPolicy),
      concurrency: SORT_CONCURRENCY,
    });
    options.store.onAdded((queue) => this.#runners.get(queue)?.kick());
  }

  /** What can be said of a message on the link before its body. */
  judge(announced: Announced): EarlyJudgement | undefined {
    return judgeEarly(this.#options, announced);
  }

  /** Bytes of a message from this sender; undefined: as many as the node takes. */
  limitOf(entrance: Entrance, sender: string): number | undefined {
    return sizeLimit(this.#options, entrance, this.#options.policies?.choose(entrance, sender));
  }

  /** @param via the link that the queue is emptied over, as the configuration names it: for `trace` */
  settleContext(policy: SettlePolicy, via?: string): SettleContext {
    const { store, postmaster, log, now, trace, policies } = this.#options;
    const more = {
      ...(trace === undefined ? {} : { trace }),
      ...(policies === undefined ? {} : { policies }),
      ...(via === undefined ? {} : { via }),
    };
    return { accept: this.accept, partial: store.partial, host: store.host, postmaster, log, now, policy, ...more };
  }

  addRunner(options: RunnerOptions): Runner {
    const runner = new Runner(options);
    this.#runners.set(options.queue.name, runner);
    return runner;
  }

  /** @param waiting names of the queues that only a link empties, asked anew each time */
  start(waiting: () => readonly string[]): void {
    for (const runner of this.#runners.values()) runner.kick();
    const keep = (): void => {
      this.#keeping = this.#keepHouse(waiting());
    };
    keep();
    this.#timer = setInterval(keep, HOUSEKEEPING_MS);
    this.#timer.unref();
    this.#look = setInterval(() => this.#runners.get(this.#options.store.sorting.name)?.kick(), LOOK_MS);
    this.#look.unref();
  }

  /** Sorts what waits in queue/sorting, for a command that holds the daemon's lock. */
  sortNow(): Promise<void> {
    return this.workNow(this.#options.store.sorting.name);
  }

  /** Works a queue once, to its end, for a command that holds the daemon's lock. */
  async workNow(queue: string): Promise<void> {
    await this.#runners.get(queue)?.once();
  }

  /** No filter is begun or waited for any more, so that the listeners can close: their peers still have the messages. */
  stopFiltering(): void {
    this.#stopping.abort();
  }

  async stop(): Promise<void> {
    this.stopFiltering();
    clearInterval(this.#timer);
    clearInterval(this.#look);
    await Promise.all([...[...this.#runners.values()].map((runner) => runner.stop()), this.#keeping]);
  }

  /** "Try everything in this queue now"; false when the queue waits for a link. */
  retry(queue: string): boolean {
    const runner = this.#runners.get(queue);
    runner?.retryAll();
    return runner !== undefined;
  }

  /** One drainer a queue at a time; the next waits its turn. */
  async exclusively<T>(queue: string, work: () => Promise<T>): Promise<T> {
    const release = await this.turn(queue);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Waits for the queue to be free and takes it; the result gives it back. */
  async turn(queue: string): Promise<() => void> {
    const before = this.#turns.get(queue) ?? Promise.resolve();
    let release: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    const turn = before.then(() => mine);
    this.#turns.set(queue, turn);
    await before;
    return () => {
      release();
      if (this.#turns.get(queue) === turn) this.#turns.delete(queue);
    };
  }

  async #keepHouse(waiting: readonly string[]): Promise<void> {
    const { store, memory, log, now } = this.#options;
    try {
      memory.prune(now());
      noteTrace(this.#options, (trace) => trace.prune(now()));
      for (const name of new Set([...this.#runners.keys(), ...waiting])) await this.#sweep(name);
      for (const name of waiting) {
        // A queue on the line is being emptied; its turn comes with the next round.
        if (!this.#turns.has(name)) await this.exclusively(name, () => this.#ageQueue(name));
      }
    } catch (error) {
      log("internal-error", { where: `housekeeping in ${store.dir}`, text: String(error) });
    }
  }

  async #sweep(name: string): Promise<void> {
    const swept = await this.#options.store.queue(name).maildir.sweep();
    if (swept > 0) this.#options.log("queue-swept", { queue: name, files: swept });
  }

  /** A queue whose office never calls must still tell senders, and end one day (serialmail's never did). */
  async #ageQueue(name: string): Promise<void> {
    const { store, linkPolicy, log, now, policies } = this.#options;
    const queue = store.queue(name);
    const context = this.settleContext(linkPolicy);
    const seconds = now() / 1000;
    const soonest = Math.min(linkPolicy.delayNotice, policies?.shortest() ?? linkPolicy.delayNotice);
    for (const entry of await queue.list()) {
      if (believableAge(queue.bornOf(entry), seconds) < soonest) continue;
      try {
        const open = await queue.open(entry);
        if (open === undefined) continue;
        try {
          if (isToldOf(open, settlePolicyOf(this.#options, open.head.fields, linkPolicy), seconds))
            await settle(context, queue, open, noContact(open, name));
        } finally {
          await open.close();
        }
      } catch (error) {
        // One entry in trouble must not keep the others from expiring.
        const unreadable = error instanceof UnreadableEntryError;
        if (unreadable) log("entry-unreadable", { queue: name, entry: entry.name, text: error.message });
        else log("internal-error", { where: `queue ${name}`, entry: entry.name, text: String(error) });
      }
    }
  }
}

/** Whether its age has anything to say. */
function isToldOf({ head }: OpenEntry, policy: SettlePolicy, seconds: number): boolean {
  const age = believableAge(head.born, seconds);
  return age > policy.lifetime || (age >= policy.delayNotice && head.fields.noticed !== "1");
}

function noContact({ head }: OpenEntry, queue: string): Outcome[] {
  const text = `no contact with ${queue.replace(/^office\//, "")} yet`;
  return head.envelope.recipients.map(() => deferred("4.4.1", text));
}
