import type { SessionReport } from "#shared/link/hold-session.js";
import type { SendReport } from "#shared/qmtp/send-report.js";
import type { Link } from "./config.ts";
import { type FlushProgress, type FlushReport, NOTHING, totals } from "./flush-report.ts";
import { noteContact, noteWindow } from "./history.ts";
import { type Carrier, dialHub, holdWithHub, lineOf } from "./hub-link.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";
import { sendPlain } from "./plain-window.ts";
import { progressOf } from "./session-progress.ts";

export type { FlushProgress, FlushReport };

/**
 * One window, from first byte to report. Mail is removed here only when the hub has answered for it, and answered to the
 * hub only when it is durable here; a cut loses nothing.
 */
export interface WindowOptions {
  readonly link: Link;
  /** Milliseconds the window lasts; absent: until drained. */
  readonly forMs?: number;
  /** `forMs` is what may be paid: its end is the budget's. */
  readonly timeIsPaid?: boolean;
  /** Bytes on the wire, both directions. */
  readonly budget?: number;
  /** Plain QMTP to a stock peer: send only. */
  readonly plain?: boolean;
  readonly onProgress?: (progress: FlushProgress) => void;
  /** Ends it cleanly: what is under way is finished or kept, good-bye is said. */
  readonly signal: AbortSignal;
  /** Breaks it off. */
  readonly abort?: AbortSignal;
}

/** After its time a window may finish what is on the wire for this long. */
const GRACE_MS = 10_000;

export async function runWindow(node: SpokeNode, options: WindowOptions): Promise<FlushReport> {
  const window = new Window(node, options);
  const report = await window.run();
  node.log("window-close", { link: options.link.name, ...report, failed: report.failed.length });
  return report;
}

type Moved = Pick<FlushReport, "ended" | "sent" | "received" | "failed"> &
  Partial<Pick<FlushReport, "reason" | "atHub">>;

class Window {
  readonly #node: SpokeNode;
  readonly #options: WindowOptions;
  readonly #hard = new AbortController();
  readonly #abort: AbortSignal;
  readonly #started: number;
  readonly #startedTicks = performance.now();
  #carrier: Carrier | undefined;
  #timeIsUp = false;

  constructor(node: SpokeNode, options: WindowOptions) {
    this.#node = node;
    this.#options = options;
    this.#started = node.now();
    this.#abort = AbortSignal.any([this.#hard.signal, ...(options.abort === undefined ? [] : [options.abort])]);
  }

  async run(): Promise<FlushReport> {
    const { forMs, link, plain, onProgress } = this.#options;
    this.#node.log("window-open", { link: link.name, ...(forMs === undefined ? {} : { seconds: forMs / 1000 }) });
    const soft = forMs === undefined ? undefined : setTimeout(() => this.#endTime(), forMs);
    try {
      onProgress?.({ ...NO_PROGRESS, phase: "dialling", seconds: 0 });
      this.#carrier = await this.#dial(link);
      noteContact(this.#node);
      const overQmtp = plain === true || link.protocol === "qmtp";
      return await this.#report(overQmtp ? await this.#sendPlain(this.#carrier) : await this.#hold(this.#carrier));
    } catch (error) {
      return this.#report(failedDial(this.#node, error, this.#timeIsUp));
    } finally {
      clearTimeout(soft);
    }
  }

  /** Ctrl-C while it dials ends at once: there is nobody to say good-bye to. */
  #dial(link: Link): Promise<Carrier> {
    return dialHub(this.#node, link, AbortSignal.any([this.#abort, this.#options.signal]));
  }

  async #hold(carrier: Carrier): Promise<Moved> {
    const { link, budget, signal, onProgress } = this.#options;
    const left = this.#msLeft();
    const report = await holdWithHub(this.#node, carrier, {
      dialler: true,
      line: lineOf(link),
      via: link.name,
      stop: signal,
      abort: this.#abort,
      ...(left === undefined ? {} : { msLeft: left }),
      ...(budget === undefined ? {} : { bytesLeft: budget }),
      ...(onProgress === undefined
        ? {}
        : {
            onProgress: (tallies, session, sender) =>
              onProgress(progressOf(tallies, session, sender, this.#wire(), this.#seconds(), this.#msLeft())),
          }),
    });
    return this.#ofSession(report);
  }

  #ofSession({ ended, reason, sent, received, peerLeft }: SessionReport): Moved {
    // Its time was up, and the line was too slow for a good-bye.
    const timed = ended === "time" || (ended === "cut" && this.#timeIsUp);
    const word = timed ? this.#endOfTime : ended === "stopped" ? "cut" : ended;
    const why = ended === "stopped" ? "stopped on request" : reason;
    return {
      ended: word,
      ...(why === undefined || word === "drained" ? {} : { reason: why }),
      sent: totals(sent),
      received,
      failed: sent.failed,
      ...(peerLeft === undefined || peerLeft.messages === 0 ? {} : { atHub: peerLeft }),
    };
  }

  async #sendPlain(carrier: Carrier): Promise<Moved> {
    const { link, budget, onProgress, signal } = this.#options;
    let spent = false;
    const report = await sendPlain(this.#node, carrier, {
      via: link.name,
      ...(link.maxMessage === undefined ? {} : { maxMessage: link.maxMessage }),
      mayStart: (bytes) => {
        const { up, down } = this.#wire();
        spent = budget !== undefined && up + down + bytes > budget;
        return this.#timeIsUp || spent ? "stop" : "yes";
      },
      ...(onProgress === undefined
        ? {}
        : { onProgress: ({ messages, bytes }) => onProgress({ sent: messages, bytes, wire: this.#wire() }) }),
      signal: AbortSignal.any([this.#abort, signal]),
    });
    carrier.stream.destroy();
    return { ...this.#ofPlain(report, spent), sent: totals(report), received: NOTHING, failed: report.failed };
  }

  #ofPlain({ ended, reason }: SendReport, spent: boolean): Pick<Moved, "ended" | "reason"> {
    const word = this.#timeIsUp ? this.#endOfTime : spent ? "budget" : ended === "drained" ? "drained" : "cut";
    return { ended: word, ...(reason === undefined || word === "drained" ? {} : { reason }) };
  }

  get #endOfTime(): "time" | "budget" {
    return this.#options.timeIsPaid === true ? "budget" : "time";
  }

  #endTime(): void {
    this.#timeIsUp = true;
    // Grace is for a good-bye on the wire, not for a peer that has not answered yet.
    if (this.#carrier === undefined) this.#hard.abort();
    setTimeout(() => this.#hard.abort(), GRACE_MS).unref();
  }

  #msLeft(): number | undefined {
    const { forMs } = this.#options;
    return forMs === undefined ? undefined : Math.max(0, forMs - this.#seconds() * 1000);
  }

  #seconds(): number {
    return (performance.now() - this.#startedTicks) / 1000;
  }

  #wire(): { up: number; down: number } {
    return this.#carrier?.wire() ?? { up: 0, down: 0 };
  }

  async #report(moved: Moved): Promise<FlushReport> {
    const queues = await Promise.all([OUTBOUND, "sorting"].map((name) => this.#node.store.queue(name).summary()));
    const report: FlushReport = {
      ...moved,
      seconds: Math.round(this.#seconds() * 1000) / 1000,
      wire: this.#wire(),
      left: {
        messages: queues.reduce((sum, { messages }) => sum + messages, 0),
        bytes: queues.reduce((sum, { bytes }) => sum + bytes, 0),
      },
    };
    noteWindow(this.#node, {
      link: this.#options.link.name,
      openedAt: this.#started,
      // Not the clock: one set right within a window would be billed as time on the line.
      closedAt: this.#started + Math.round(report.seconds * 1000),
      ended: report.ended,
      sent: report.sent,
      received: report.received,
      wire: report.wire,
    });
    return report;
  }
}

const NO_PROGRESS = { sent: 0, bytes: 0, wire: { up: 0, down: 0 } };

/** There is no session: no line, or a hub that does not accept our key. */
function failedDial({ config: { office } }: SpokeNode, error: unknown, timeIsUp: boolean): Moved {
  const nothing = { sent: NOTHING, received: NOTHING, failed: [] };
  const reason = error instanceof Error ? error.message : String(error);
  if (timeIsUp || !/alert|decrypt|unknown psk|closed during/i.test(reason))
    return { ended: "unreachable", reason, ...nothing };
  const cure = `ask headquarters whether ${office} is paused, or for a new token (qrelay hub office rekey ${office})`;
  return { ended: "refused", reason: `the hub does not accept our key: ${cure}`, ...nothing };
}
