import type { Socket } from "node:net";
import type { Directory } from "#hub/directory/directory.js";
import type { Office } from "#hub/directory/offices.js";
import { officeQueue } from "#hub/router.js";
import { connectPsk, type PskConnection } from "#shared/io/psk.js";
import { connectTcp } from "#shared/io/tcp-connect.js";
import { LINK_ALPN } from "#shared/link/alpn.js";
import { drainInTurn } from "#shared/link/drain-in-turn.js";
import { receiveFromLink } from "#shared/link/link-session.js";
import { deferred, type Outcome } from "#shared/mail/outcome.js";
import { type SendReport, sendQueue } from "#shared/qmtp/send.js";
import type { Engine } from "#shared/queue/engine.js";
import { settle } from "#shared/queue/settle.js";
import type { SettlePolicy } from "#shared/queue/settlement.js";
import type { Store } from "#shared/queue/store.js";
import { hostOf, NOTHING, type OfficeFlush, sums, unreachable } from "./office-flush.ts";
import { isPeopleEntry, notePeopleSent, queuePeople, withdrawPeople } from "./people-for-office.ts";

/**
 * The hub's end of every link: an office that calls is served, an office that is to be called is dialled. A new
 * session of an office ends its older one of the same direction (the older is a line that died unnoticed).
 */
export interface OfficeLinksOptions {
  readonly directory: Directory;
  readonly store: Store;
  readonly engine: Engine;
  readonly linkPolicy: SettlePolicy;
  readonly maxMessage: number;
  readonly space: () => Outcome | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly now: () => number;
}

/** The authenticated link, once or for as long as it lasts, or plain QMTP. */
type Over = "link" | "stay" | "plain";

interface Session {
  readonly abort: AbortController;
  readonly done: Promise<unknown>;
  readonly plain: boolean;
}

type Call = PskConnection & { readonly identity: string; readonly address: string; readonly alpn: string | undefined };

const CONNECT_MS = 2 * 60_000;

export class OfficeLinks {
  readonly #options: OfficeLinksOptions;
  readonly #stop = new AbortController();
  readonly #sessions = new Map<string, Session>();

  constructor(options: OfficeLinksOptions) {
    this.#options = options;
  }

  /** The key of an office that may call now. */
  keyOf(identity: string): Uint8Array | undefined {
    const office = this.#options.directory.offices.get(identity);
    return office === undefined || office.own || office.paused ? undefined : Buffer.from(office.key, "base64url");
  }

  /** Serves an office that called. Never throws: a disk or directory in trouble ends the call, not the hub (P7). */
  async serve(connection: Call): Promise<void> {
    try {
      await this.#serve(connection);
    } catch (error) {
      this.#options.log("internal-error", { where: `link ${connection.identity}`, text: String(error) });
      connection.stream.destroy();
    }
  }

  async #serve(connection: Call): Promise<void> {
    const { identity: name, stream, alpn } = connection;
    const office = this.#options.directory.offices.get(name);
    if (office === undefined) {
      stream.destroy();
      return;
    }
    this.#noteContact(name);
    const takes = alpn !== LINK_ALPN.turn && alpn !== LINK_ALPN.stay;
    await this.#session(`${name} ${takes ? "in" : "out"}`, async (signal) => {
      const peer = connection.address;
      if (takes) await this.#receive(stream, office, peer, signal);
      else await this.drain(stream, office, peer, signal, alpn === LINK_ALPN.stay ? "stay" : "link");
    });
  }

  /** What let the office in may have been taken back since: a stolen laptop must not stay on the line. */
  #mayStill({ name, key }: Office): boolean {
    const now = this.#options.directory.offices.get(name);
    return now !== undefined && !now.paused && now.key === key;
  }

  /** History only: a disk that cannot take it must not keep the mail from moving. */
  #noteContact(name: string): void {
    try {
      this.#options.directory.offices.contacted(name, this.#options.now());
    } catch (error) {
      this.#options.log("internal-error", { where: "history", text: String(error) });
    }
  }

  /** Pushes an office's queue now: to `to`, or where the directory says that it answers. */
  async dial(office: Office, to: string, signal: AbortSignal): Promise<OfficeFlush> {
    const started = this.#options.now();
    const where = new URL(to);
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    const plain = where.protocol === "qmtp:";
    const work = async (ended: AbortSignal) => {
      const all = AbortSignal.any([stopped, ended]);
      try {
        return plain ? await this.#dialPlain(office, where, all) : await this.#dialLink(office, where, all);
      } catch (error) {
        return unreachable(error);
      }
    };
    const result = await this.#session(`${office.name} out`, work, plain);
    return { ...result, seconds: (this.#options.now() - started) / 1000 };
  }

  async #dialPlain(office: Office, where: URL, signal: AbortSignal) {
    const stream = await connectTcp({
      host: hostOf(where),
      port: Number(where.port || 209),
      timeoutMs: CONNECT_MS,
      signal,
    });
    const report = await this.drain(stream, office, where.host, signal, "plain");
    return {
      ended: report.ended,
      ...(report.reason === undefined ? {} : { reason: report.reason }),
      sent: sums(report),
      received: NOTHING,
      failed: report.failed,
    };
  }

  async #dialLink(office: Office, where: URL, signal: AbortSignal) {
    const key = Buffer.from(office.key, "base64url");
    const dial = (alpn: string) =>
      connectPsk({
        host: hostOf(where),
        port: Number(where.port || 6209),
        identity: office.name,
        key,
        alpn,
        signal,
        timeoutMs: CONNECT_MS,
      });
    const out = await dial(LINK_ALPN.send);
    const report = await this.drain(out.stream, office, where.host, signal, "link").finally(() =>
      out.stream.destroySoon(),
    );
    const back = await dial(LINK_ALPN.turn);
    const received = await this.#receive(back.stream, office, where.host, signal);
    return {
      ended: report.ended,
      ...(report.reason === undefined ? {} : { reason: report.reason }),
      sent: sums(report),
      received: sums(received),
      failed: report.failed,
    };
  }

  async #receive(stream: PskConnection["stream"], office: Office, peer: string, signal: AbortSignal) {
    const { engine, store, maxMessage, log } = this.#options;
    const space = (): Outcome | undefined =>
      this.#mayStill(office) ? this.#options.space() : deferred("4.7.1", "this office may not send at the moment");
    const report = await receiveFromLink(stream, {
      link: office.name,
      accept: engine.accept,
      partial: store.partial,
      maxMessage,
      space,
      host: store.host,
      log,
      signal,
    });
    log("link-session", { office: office.name, peer, direction: "in", ...report });
    stream.destroySoon();
    return report;
  }

  /** Sends what waits for the office down a stream; over the link its people first, when they have changed. */
  async drain(stream: Socket, office: Office, peer: string, signal: AbortSignal, over: Over): Promise<SendReport> {
    const { engine, store, linkPolicy, log, directory } = this.#options;
    const name = officeQueue(office.name);
    const queue = store.queue(name);
    const context = engine.settleContext(linkPolicy);
    const prepare = async (): Promise<void> => {
      if (over === "plain") await withdrawPeople(directory, store, office.name);
      else if (this.#mayStill(office)) await queuePeople(directory, store, office.name, this.#options.now());
      else stream.destroy(new Error("the office was paused, removed or given another key"));
    };
    const report = await drainInTurn(
      { engine, store },
      name,
      signal,
      (more) =>
        sendQueue(stream, {
          queue,
          remote: office.name,
          prepare,
          mayStart: () => "yes",
          first: (entry) => isPeopleEntry(directory.offices.get(office.name) ?? office)(entry),
          settle: async (open, outcomes) => {
            await settle(context, queue, open, outcomes);
            notePeopleSent(directory, office.name, open.head, outcomes);
          },
          ...more,
          log,
          signal,
        }),
      over === "stay",
    );
    log("link-session", { office: office.name, peer, direction: "out", ...report, failed: report.failed.length });
    stream.destroySoon();
    return report;
  }

  /**
   * Runs one session of an office and direction, after ending the one before it. Of two plain ones the older is let
   * run to its end: a stock peer has no memory of ids, so what a cut repeats is delivered twice.
   */
  async #session<T>(key: string, work: (signal: AbortSignal) => Promise<T>, plain = false): Promise<T> {
    const older = this.#sessions.get(key);
    const abort = new AbortController();
    const done = (async () => {
      if (!(plain && older?.plain)) older?.abort.abort();
      await older?.done;
      return work(AbortSignal.any([abort.signal, this.#stop.signal]));
    })();
    // Whoever asked for the session hears of its error.
    const quiet = done.catch(() => undefined);
    const mine = { abort, done: quiet, plain };
    this.#sessions.set(key, mine);
    try {
      return await done;
    } finally {
      if (this.#sessions.get(key) === mine) this.#sessions.delete(key);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#sessions.values()].map(({ done }) => done));
  }
}
