import type { Office } from "#hub/directory/offices.js";
import { officeQueue } from "#hub/router.js";
import { connectPsk, type PskConnection } from "#shared/io/psk.js";
import { connectTcp } from "#shared/io/tcp-connect.js";
import { LINK_ALPN } from "#shared/link/alpn.js";
import { type SessionReport, sessionFields } from "#shared/link/hold-session.js";
import { receiveFromLink } from "#shared/link/receive-qmtp.js";
import { sendQueue } from "#shared/qmtp/send.js";
import { settle } from "#shared/queue/settle.js";
import { withdrawNames } from "./names-for-office.ts";
import { hostOf, NOTHING, type OfficeFlush, sums, unreachable } from "./office-flush.ts";
import { holdWithOffice, type OfficeContext } from "./office-session.ts";
import { withdrawPeople } from "./people-for-office.ts";

/**
 * The hub's end of every link: an office that calls is served, an office that is to be called is dialled. A new session of
 * an office ends its older one, which is a line that died unnoticed.
 */
interface Session {
  readonly abort: AbortController;
  readonly done: Promise<unknown>;
  readonly plain: boolean;
}

type Call = PskConnection & { readonly identity: string; readonly address: string; readonly alpn: string | undefined };

const CONNECT_MS = 2 * 60_000;
/** A hub that stops says good-bye to its offices, but does not wait long for lines that are dead. */
const GRACE_MS = 3000;

export class OfficeLinks {
  readonly #context: OfficeContext;
  /** Stopping: sessions say good-bye. */
  readonly #stop = new AbortController();
  /** And then they are broken off. */
  readonly #abort = new AbortController();
  readonly #sessions = new Map<string, Session>();

  constructor(context: OfficeContext) {
    this.#context = context;
  }

  /** The key of an office that may call now. */
  keyOf(identity: string): Uint8Array | undefined {
    const office = this.#context.directory.offices.get(identity);
    return office === undefined || office.own || office.paused ? undefined : Buffer.from(office.key, "base64url");
  }

  /** Serves an office that called. Never throws: a disk or directory in trouble ends the call, not the hub (P7). */
  async serve(connection: Call): Promise<void> {
    try {
      await this.#serve(connection);
    } catch (error) {
      this.#context.log("internal-error", { where: `link ${connection.identity}`, text: String(error) });
      connection.stream.destroy();
    }
  }

  async #serve(connection: Call): Promise<void> {
    const { identity: name, stream, alpn, address: peer } = connection;
    const office = this.#context.directory.offices.get(name);
    if (office === undefined) {
      stream.destroy();
      return;
    }
    this.#noteContact(name);
    if (alpn === LINK_ALPN.session) {
      const hold = (abort: AbortSignal) => this.#hold(connection, office, peer, false, abort);
      await this.#session(name, hold);
    } else await this.#session(`${name} qmtp`, (signal) => this.#receive(connection, office, signal));
  }

  /** History only: a disk that cannot take it must not keep the mail from moving. */
  #noteContact(name: string): void {
    try {
      this.#context.directory.offices.contacted(name, this.#context.now());
    } catch (error) {
      this.#context.log("internal-error", { where: "history", text: String(error) });
    }
  }

  async #hold(
    carrier: Pick<PskConnection, "stream" | "wire">,
    office: Office,
    peer: string,
    dialler: boolean,
    abort: AbortSignal,
  ): Promise<SessionReport> {
    const report = await holdWithOffice(this.#context, office, { carrier, dialler, stop: this.#stop.signal, abort });
    this.#context.log("link-session", { office: office.name, peer, wire: carrier.wire(), ...sessionFields(report) });
    return report;
  }

  /** Pushes an office's queue now: to `to`, or where the directory says that it answers. */
  async dial(office: Office, to: string, signal: AbortSignal): Promise<OfficeFlush> {
    const started = performance.now();
    const where = new URL(to);
    const plain = where.protocol === "qmtp:";
    const work = async (ended: AbortSignal) => {
      const abort = AbortSignal.any([signal, ended]);
      try {
        return plain ? await this.#dialPlain(office, where, abort) : await this.#dialLink(office, where, abort);
      } catch (error) {
        return unreachable(error);
      }
    };
    const result = await this.#session(plain ? `${office.name} plain` : office.name, work, plain);
    return { ...result, seconds: Math.round(performance.now() - started) / 1000 };
  }

  async #dialLink(office: Office, where: URL, abort: AbortSignal): Promise<Omit<OfficeFlush, "seconds">> {
    const carrier = await connectPsk({
      host: hostOf(where),
      port: Number(where.port || 6209),
      identity: office.name,
      key: Buffer.from(office.key, "base64url"),
      alpn: LINK_ALPN.session,
      signal: AbortSignal.any([abort, this.#stop.signal]),
      timeoutMs: CONNECT_MS,
    });
    const { ended, reason, sent, received } = await this.#hold(carrier, office, where.host, true, abort);
    const why = reason === undefined ? {} : { reason };
    return { ended, ...why, sent: sums(sent), received, failed: sent.failed };
  }

  async #dialPlain(office: Office, where: URL, signal: AbortSignal): Promise<Omit<OfficeFlush, "seconds">> {
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    const stream = await connectTcp({
      host: hostOf(where),
      port: Number(where.port || 209),
      timeoutMs: CONNECT_MS,
      signal: stopped,
    });
    const { engine, store, linkPolicy, log, directory } = this.#context;
    const name = officeQueue(office.name);
    const queue = store.queue(name);
    const context = engine.settleContext(linkPolicy);
    const report = await engine.exclusively(name, () =>
      sendQueue(stream, {
        queue,
        remote: office.name,
        prepare: async () => {
          await withdrawPeople(directory, store, office.name);
          await withdrawNames(directory, store, office.name);
        },
        mayStart: () => "yes",
        settle: async (open, outcomes) => void (await settle(context, queue, open, outcomes)),
        log,
        signal: stopped,
      }),
    );
    log("link-session", {
      office: office.name,
      peer: where.host,
      direction: "out",
      ...report,
      failed: report.failed.length,
    });
    stream.destroySoon();
    const why = report.reason === undefined ? {} : { reason: report.reason };
    return { ended: report.ended, ...why, sent: sums(report), received: NOTHING, failed: report.failed };
  }

  /** An office that speaks only QMTP, inside the authenticated link. */
  async #receive({ stream, address }: Call, office: Office, signal: AbortSignal): Promise<void> {
    const { engine, store, maxMessage, log, space } = this.#context;
    const report = await receiveFromLink(stream, {
      link: office.name,
      accept: engine.accept,
      partial: store.partial,
      maxMessage,
      space,
      log,
      signal: AbortSignal.any([signal, this.#stop.signal]),
    });
    log("link-session", { office: office.name, peer: address, direction: "in", ...report });
    stream.destroySoon();
  }

  /**
   * Runs one session of an office, after ending the one before it. Of two plain ones the older is let run to its end: a
   * stock peer has no memory of ids, so what a cut repeats is delivered twice.
   */
  async #session<T>(key: string, work: (abort: AbortSignal) => Promise<T>, plain = false): Promise<T> {
    const older = this.#sessions.get(key);
    const abort = new AbortController();
    const done = (async () => {
      if (!(plain && older?.plain)) older?.abort.abort();
      await older?.done;
      return work(AbortSignal.any([abort.signal, this.#abort.signal]));
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
    const late = setTimeout(() => this.#abort.abort(), GRACE_MS);
    await Promise.all([...this.#sessions.values()].map(({ done }) => done));
    clearTimeout(late);
  }
}
