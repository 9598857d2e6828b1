import type { TLSSocket } from "node:tls";
import type { ReceiveReport } from "#shared/qmtp/receive.js";
import type { SendReport } from "#shared/qmtp/send.js";
import { NOTHING_SENT } from "#shared/qmtp/send-report.js";
import type { Link } from "./config.ts";
import { type FlushProgress, type FlushReport, failedFetch, NOTHING, together, totals } from "./flush-report.ts";
import { noteContact, noteWindow } from "./history.ts";
import { type Carrier, dialHub, LINK_ALPN, receiveInbound, sendOutbound } from "./hub-link.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";

export type { FlushProgress, FlushReport };

/**
 * One window, from first byte to report: the outbound queue goes up, the office's queue at the hub comes down over
 * a second connection that we open for it (so no address of ours is needed). Mail is removed here only when the hub
 * has answered for it, and answered to the hub only when it is durable here; a cut loses nothing.
 */
export interface WindowOptions {
  readonly link: Link;
  /** Milliseconds the window lasts; absent: until drained. */
  readonly forMs?: number;
  /** Bytes on the wire, both directions. */
  readonly budget?: number;
  /** Plain QMTP to a stock peer: send only. */
  readonly plain?: boolean;
  readonly onProgress?: (progress: FlushProgress) => void;
  readonly signal: AbortSignal;
}

/** After its time a window may finish what is on the wire for this long. */
const GRACE_MS = 10_000;

export async function runWindow(node: SpokeNode, options: WindowOptions): Promise<FlushReport> {
  const window = new Window(node, options);
  const report = await window.run();
  node.log("window-close", { link: options.link.name, ...report, failed: report.failed.length });
  return report;
}

class Window {
  readonly #node: SpokeNode;
  readonly #options: WindowOptions;
  readonly #carriers: Carrier[] = [];
  readonly #hard = new AbortController();
  readonly #started: number;
  #timeIsUp = false;
  #budgetSpent = false;

  constructor(node: SpokeNode, options: WindowOptions) {
    this.#node = node;
    this.#options = options;
    this.#started = node.now();
  }

  async run(): Promise<FlushReport> {
    const { forMs, link } = this.#options;
    this.#node.log("window-open", { link: link.name, ...(forMs === undefined ? {} : { seconds: forMs / 1000 }) });
    const soft = forMs === undefined ? undefined : setTimeout(() => this.#endTime(), forMs);
    const watch = setInterval(() => this.#watchBudget(), WATCH_MS);
    try {
      return await this.#bothWays();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!/alert|decrypt|unknown psk|closed during/i.test(reason))
        return this.#report({ ended: "unreachable", reason });
      const { office } = this.#node.config;
      const cure = `ask headquarters whether ${office} is paused, or for a new token (qrelay hub office rekey ${office})`;
      return this.#report({ ended: "refused", reason: `the hub does not accept our key: ${cure}` });
    } finally {
      clearTimeout(soft);
      clearInterval(watch);
    }
  }

  async #bothWays(): Promise<FlushReport> {
    const { link, plain } = this.#options;
    const send = (): Promise<SendReport | undefined> => this.#send();
    const fetch = async (): Promise<ReceiveReport | undefined> =>
      plain === true || link.connect.scheme === "qmtp" ? undefined : this.#fetch();
    if (link.order === "receive-first") {
      const received = await fetch();
      return this.#summary(await send(), received);
    }
    if (link.order === "send-first" || link.duplex === "half") {
      const sent = await send();
      return this.#summary(sent, await fetch());
    }
    const [sent, received] = await this.#atOnce(send(), fetch());
    // What we sent may have left something for us there (a list with members here): "drained" means that too.
    const again = sent !== undefined && sent.messages > 0 && received?.ended === "end";
    const answers = again ? await fetch().catch(failedFetch) : undefined;
    return this.#summary(sent, together(received, answers));
  }

  /** When one direction cannot be had the other ends too, and what it did is told: nothing runs on behind the report. */
  async #atOnce(
    sending: Promise<SendReport | undefined>,
    fetching: Promise<ReceiveReport | undefined>,
  ): Promise<[SendReport | undefined, ReceiveReport | undefined]> {
    let first: unknown;
    const giveUp = (error: unknown): void => {
      // The other's error will only say that it was stopped.
      first ??= error;
      this.#hard.abort();
    };
    sending.catch(giveUp);
    fetching.catch(giveUp);
    const [sent, received] = await Promise.allSettled([sending, fetching]);
    if (sent.status === "rejected" && received.status === "rejected") throw first;
    if (sent.status === "rejected" && received.status === "fulfilled" && received.value?.messages === 0)
      throw sent.reason;
    if (received.status === "rejected" && sent.status === "fulfilled" && !sent.value?.messages) throw received.reason;
    return [
      sent.status === "fulfilled" ? sent.value : { ...NOTHING_SENT, ended: "cut", reason: String(sent.reason) },
      received.status === "fulfilled" ? received.value : failedFetch(received.reason),
    ];
  }

  /** Nothing to send costs no connection, unless it is the only one there is. */
  async #send(): Promise<SendReport | undefined> {
    const { link, plain, onProgress } = this.#options;
    const waiting = await this.#node.store.queue(OUTBOUND).list();
    if (waiting.length === 0 && plain !== true && link.connect.scheme === "tls") return undefined;
    const carrier = await this.#dial(LINK_ALPN.send);
    const report = await sendOutbound(this.#node, carrier, {
      mayStart: (bytes) => this.#mayStart(bytes),
      via: link.name,
      signal: this.#signal(),
      ...(onProgress === undefined
        ? {}
        : { onProgress: ({ messages, bytes }) => onProgress({ sent: messages, bytes, wire: this.#wire() }) }),
    });
    carrier.stream.destroySoon();
    return report;
  }

  async #fetch(): Promise<ReceiveReport> {
    const carrier = await this.#dial(LINK_ALPN.turn);
    const report = await receiveInbound(this.#node, carrier.stream as TLSSocket, this.#signal());
    carrier.stream.destroySoon();
    return report;
  }

  async #dial(alpn: string): Promise<Carrier> {
    const carrier = await dialHub(this.#node, this.#options.link.connect, alpn, this.#signal());
    this.#carriers.push(carrier);
    noteContact(this.#node);
    return carrier;
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#options.signal, this.#hard.signal]);
  }

  #mayStart(bytes: number): "yes" | "skip" | "stop" {
    const { budget, link } = this.#options;
    if (this.#timeIsUp) return "stop";
    if (link.maxMessage !== undefined && bytes > link.maxMessage) return "skip";
    const limit = budget ?? link.budget;
    const { up, down } = this.#wire();
    if (limit === undefined || up + down + bytes <= limit) return "yes";
    this.#budgetSpent = true;
    return "stop";
  }

  /** What comes down is the hub's choice; over QMTP the only way to say "enough" is to close. */
  #watchBudget(): void {
    const limit = this.#options.budget ?? this.#options.link.budget;
    const { up, down } = this.#wire();
    if (limit === undefined || up + down <= limit) return;
    this.#budgetSpent = true;
    this.#hard.abort();
  }

  #endTime(): void {
    this.#timeIsUp = true;
    // Grace is for mail on the wire, not for a peer that has not answered yet.
    if (this.#carriers.length === 0) this.#hard.abort();
    setTimeout(() => this.#hard.abort(), GRACE_MS).unref();
  }

  #wire(): { up: number; down: number } {
    return this.#carriers
      .map((carrier) => carrier.wire())
      .reduce((sum, { up, down }) => ({ up: sum.up + up, down: sum.down + down }), { up: 0, down: 0 });
  }

  async #summary(sent: SendReport | undefined, received: ReceiveReport | undefined): Promise<FlushReport> {
    const cut =
      sent?.ended === "cut" || sent?.ended === "stopped" || (received !== undefined && received.ended !== "end");
    const ended = this.#timeIsUp ? "time" : this.#budgetSpent ? "budget" : cut ? "cut" : "drained";
    const reason = sent?.reason ?? received?.reason;
    return this.#report({ ended, ...(reason === undefined || ended === "drained" ? {} : { reason }) }, sent, received);
  }

  async #report(
    end: Pick<FlushReport, "ended" | "reason">,
    sent?: SendReport,
    received?: ReceiveReport,
  ): Promise<FlushReport> {
    const [outbound, sorting] = await Promise.all(
      [OUTBOUND, "sorting"].map((name) => this.#node.store.queue(name).summary()),
    );
    const messages = (outbound?.messages ?? 0) + (sorting?.messages ?? 0);
    const bytes = (outbound?.bytes ?? 0) + (sorting?.bytes ?? 0);
    const report: FlushReport = {
      ...end,
      seconds: Math.round(this.#node.now() - this.#started) / 1000,
      wire: this.#wire(),
      sent: sent === undefined ? NOTHING : totals(sent),
      received: received === undefined ? NOTHING : totals(received),
      left: { messages, bytes },
      failed: sent?.failed ?? [],
    };
    noteWindow(this.#node, {
      link: this.#options.link.name,
      openedAt: this.#started,
      closedAt: this.#node.now(),
      ended: report.ended,
      sent: report.sent,
      received: report.received,
      wire: report.wire,
    });
    return report;
  }
}

const WATCH_MS = 500;
