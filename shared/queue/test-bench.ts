import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MaildirFs } from "node-maildir";
import type { Recipient } from "#shared/mail/envelope.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { FakeDisk } from "#shared/node-maildir/test-support/fake-disk.js";
import { type Accept, type Arrival, createAccept } from "./accept.ts";
import type { Filter } from "./filter.ts";
import type { Memory } from "./memory.ts";
import type { Policies } from "./policies.ts";
import type { OpenEntry } from "./queue.ts";
import type { Origin, Route } from "./route.ts";
import type { SettleContext } from "./settle.ts";
import type { SettlePolicy } from "./settlement.ts";
import { Spool } from "./spool.ts";
import { Store } from "./store.ts";
import { TestMemory } from "./test-memory.ts";

/** For tests: a node's queues and mailboxes on a disk in memory, and its front door. */
export const HOST = "hub.example.org";
export const DIR = "/node";
/** Where large messages wait: without a name, so nothing is left there. */
const PARTIAL = join(tmpdir(), "qrelay-test-partial");
/** 2026-11-21 09:00 UTC, in milliseconds. */
export const START = Date.UTC(2026, 10, 21, 9);
export const DAY = 86_400;
export const POLICY: SettlePolicy = { lifetime: 5 * DAY, delayNotice: 4 * 3600, step: 10 };
export const QUEUES = ["sorting", "internet", "office/herat"];

export interface Event {
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

export interface BenchOptions {
  readonly disk?: FakeDisk;
  /** The disk as the node sees it; default the disk itself. */
  readonly fs?: MaildirFs;
  readonly memory?: Memory;
  readonly route?: (address: string, origin: Origin) => Route;
  readonly policies?: Policies;
  readonly filter?: Filter;
}

export class Bench {
  readonly disk: FakeDisk;
  readonly memory: Memory;
  readonly store: Store;
  readonly accept: Accept;
  readonly events: Event[] = [];
  readonly route: (address: string, origin: Origin) => Route;
  readonly #more: Pick<BenchOptions, "policies" | "filter">;
  /** The clock, in milliseconds; tests move it. */
  now = START;

  constructor(options: BenchOptions = {}) {
    this.disk = options.disk ?? new FakeDisk({ now: () => this.now });
    this.memory = options.memory ?? new TestMemory();
    this.route = options.route ?? routeByName;
    const { policies, filter } = options;
    this.#more = { ...(policies === undefined ? {} : { policies }), ...(filter === undefined ? {} : { filter }) };
    this.store = new Store(DIR, HOST, () => "", options.fs ?? this.disk);
    this.accept = createAccept(this.context);
  }

  static async make(options: BenchOptions = {}): Promise<Bench> {
    const bench = new Bench(options);
    await bench.create();
    return bench;
  }

  async create(): Promise<void> {
    for (const name of QUEUES) await this.store.queue(name).create();
  }

  get context() {
    return {
      store: this.store,
      route: this.route,
      memory: this.memory,
      log: this.log,
      now: () => this.now,
      ...this.#more,
    };
  }

  readonly log = (event: string, fields: Record<string, unknown>): void => void this.events.push({ event, fields });

  settleContext(policy: SettlePolicy = POLICY): SettleContext {
    const { accept, log } = this;
    const now = (): number => this.now;
    const { policies } = this.#more;
    const more = policies === undefined ? {} : { policies };
    return { accept, log, now, policy, partial: PARTIAL, host: HOST, postmaster: "postmaster@example.org", ...more };
  }

  /** Puts a message through the front door; one outcome per recipient. */
  async take(
    text: string,
    to: readonly (string | Recipient)[],
    more: Partial<Arrival> = {},
  ): Promise<readonly Outcome[]> {
    const { outcomes } = await this.accept(await arrival(text, to, more));
    return outcomes;
  }

  /** Texts of the files that lie in new/ of a queue, oldest first, envelope lines included. */
  entries(queue: string): string[] {
    return this.texts(`${DIR}/queue/${queue}/new`);
  }

  mailbox(name: string): string[] {
    return this.texts(`${DIR}/mailboxes/${name}/Maildir/new`);
  }

  texts(folder: string): string[] {
    return this.disk.names(folder).map((name) => this.disk.text(`${folder}/${name}`) ?? "");
  }

  /** The oldest entry of a queue, open. */
  async oldest(queue: string): Promise<OpenEntry> {
    const [entry] = await this.store.queue(queue).list();
    const open = entry === undefined ? undefined : await this.store.queue(queue).open(entry);
    if (open === undefined) throw new Error(`There is nothing in ${queue}`);
    return open;
  }

  logged(event: string): Record<string, unknown>[] {
    return this.events.filter((one) => one.event === event).map(({ fields }) => fields);
  }
}

export async function arrival(
  text: string,
  to: readonly (string | Recipient)[],
  more: Partial<Arrival> = {},
): Promise<Arrival> {
  const spool = new Spool(PARTIAL);
  await spool.write(Buffer.from(text));
  const recipients = to.map((one) => (typeof one === "string" ? { address: one } : one));
  return {
    envelope: { sender: "ana@example.net", recipients },
    spool,
    origin: { relay: true },
    peer: { from: "client.example", address: "192.0.2.1", with: "ESMTP" },
    refusals: "answer",
    ...more,
  };
}

/** As it comes over the link: its id in the topmost Received line. */
export function linked(id: string, text: string): string {
  return `Received: from a by herat.example.org with QMTPS id ${id}; Sat, 21 Nov 2026 09:00:00 +0000\n${text}`;
}

export const LINK: Partial<Arrival> = {
  once: true,
  origin: { relay: false, link: "herat" },
  peer: { from: "herat", with: "QMTPS" },
};

/** NAME@example.org has a mailbox; NAME@OFFICE.example.org waits for the office; a few names misbehave. */
export function routeByName(address: string): Route {
  const [local = "", domain = ""] = address.toLowerCase().split("@");
  if (local === "nobody") return { kind: "refused", status: "5.1.1", text: "no such person here" };
  if (local === "later") return { kind: "deferred", status: "4.3.0", text: "ask again" };
  if (local === "bug") throw new Error("the directory is broken");
  if (local === "all") {
    const members = ["maria@example.org", "holly@herat.example.org"];
    return { kind: "to", expanded: address, destinations: members.flatMap((member) => reached(routeByName(member))) };
  }
  const office = /^(\w+)\.example\.org$/.exec(domain)?.[1];
  if (office !== undefined) return to({ kind: "queue", name: `office/${office}` }, address);
  if (domain === "example.org") return to({ kind: "mailbox", name: local }, address);
  return to({ kind: "queue", name: "internet" }, address);
}

function reached(route: Route) {
  return route.kind === "to" ? route.destinations : [];
}

function to(place: { kind: "queue" | "mailbox"; name: string }, recipient: string): Route {
  return { kind: "to", destinations: [{ place, recipient }] };
}
