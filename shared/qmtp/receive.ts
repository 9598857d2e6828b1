import { once } from "node:events";
import type { Duplex } from "node:stream";
import { PackageDecoder, type PackageEvent } from "qmtp-codec";
import { addressProblem } from "#shared/mail/address.js";
import type { Recipient } from "#shared/mail/envelope.js";
import { deferred, failed, type Outcome } from "#shared/mail/outcome.js";
import { Spool } from "#shared/queue/spool.js";
import { replyOf } from "./reply-outcome.ts";

/**
 * The server side of one QMTP connection: takes packages off the stream and answers each recipient in order.
 * A package counts from its last byte on; one that is cut off leaves nothing (QMTP §5). Packages are stored
 * while the next one is still arriving: their syncs overlap, their answers stay in order.
 */
export interface IncomingPackage {
  readonly sender: string;
  /** Recipients whose address could be used; the others are answered here. */
  readonly recipients: readonly Recipient[];
  readonly spool: Spool;
}

export interface ReceiveOptions {
  /** Bytes of text; more is answered `D … (#5.3.4)`. */
  readonly maxMessage: number;
  readonly partial: string;
  /** One outcome per recipient, durable when it returns. */
  readonly take: (incoming: IncomingPackage) => Promise<readonly Outcome[]>;
  /** Called before each package: a reason to defer everything now (disk low, shutting down). */
  readonly refuseNow?: () => Outcome | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly signal: AbortSignal;
}

export interface ReceiveReport {
  readonly messages: number;
  readonly recipients: number;
  readonly bytes: number;
  /** How the peer's side ended: "end" between packages, otherwise what went wrong. */
  readonly ended: "end" | "cut" | "protocol" | "stopped";
  readonly reason?: string;
}

/** Packages being stored at once on one connection: bounds memory (64 KB each) and the work a cut repeats. */
const IN_FLIGHT = 32;
/** Answers not written yet, at which no more is read; one package may go beyond. */
const MAX_OWED = 10_000;
/** Each recipient costs an answer, wanted or not (those beyond the codec's limit are deferred). */
const MAX_ANSWERS = 200_000;

interface Building {
  spool: Spool;
  oversize: boolean;
  sender?: { text: string; problem?: Outcome };
  recipients: { text: string; problem?: Outcome }[];
}

export async function receivePackages(stream: Duplex, options: ReceiveOptions): Promise<ReceiveReport> {
  return new Receiver(stream, options).run();
}

class Receiver {
  readonly #stream: Duplex;
  readonly #options: ReceiveOptions;
  readonly #decoder: PackageDecoder;
  #building: Building | undefined;
  /** The answers of earlier packages are written before those of later ones. */
  #answers: Promise<void> = Promise.resolve();
  #inFlight = new Set<Promise<void>>();
  #owed = 0;
  #messages = 0;
  #recipients = 0;
  #bytes = 0;

  constructor(stream: Duplex, options: ReceiveOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#decoder = new PackageDecoder({ maxMessage: options.maxMessage, maxDiscard: options.maxMessage * 4 });
  }

  async run(): Promise<ReceiveReport> {
    let ended: ReceiveReport["ended"] = "end";
    let reason: string | undefined;
    const stop = (): void => void this.#stream.destroy();
    this.#options.signal.addEventListener("abort", stop, { once: true });
    try {
      // The answers still have to go out when the peer's side has ended.
      for await (const chunk of this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        reason = await this.#feed(chunk);
        if (reason !== undefined) break;
      }
      if (reason !== undefined) ended = "protocol";
      else if (!this.#decoder.idle) ended = "cut";
    } catch (error) {
      ended = "cut";
      reason = String(error);
    } finally {
      await this.#building?.spool.discard();
    }
    // A stop must also reach a peer that does not read what it still gets.
    await this.#answers;
    this.#options.signal.removeEventListener("abort", stop);
    if (this.#options.signal.aborted) ended = "stopped";
    if (this.#stream.writable) this.#stream.end();
    return {
      messages: this.#messages,
      recipients: this.#recipients,
      bytes: this.#bytes,
      ended,
      ...(reason === undefined ? {} : { reason }),
    };
  }

  /** @returns why the connection must be closed, or undefined */
  async #feed(chunk: Uint8Array): Promise<string | undefined> {
    for (const event of this.#decoder.feed(chunk)) {
      const problem = await this.#take(event);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  async #take(event: PackageEvent): Promise<string | undefined> {
    if (event.kind === "error") return event.reason;
    if (event.kind === "message-begin") {
      this.#building = { spool: new Spool(this.#options.partial), oversize: event.oversize, recipients: [] };
      return undefined;
    }
    const building = this.#building;
    if (building === undefined) throw new Error(`The QMTP decoder gave ${event.kind} outside a package`);
    switch (event.kind) {
      case "message-data":
        return this.#store(building, event.data);
      case "sender":
        building.sender = readAddress(event, "5.1.7", "unacceptable sender");
        return undefined;
      case "recipient":
        if (building.recipients.length >= MAX_ANSWERS) return `more than ${MAX_ANSWERS} recipients in one package`;
        building.recipients.push(readAddress(event, "5.1.3", "this node cannot handle that recipient"));
        return undefined;
      case "package-end":
        this.#building = undefined;
        if (event.recipients === 0) {
          await building.spool.discard();
          return "a package without recipients";
        }
        await this.#finish(building);
        return undefined;
      case "message-end":
        return undefined;
      default:
        return event satisfies never;
    }
  }

  /** A full disk while the text arrives: the connection closes, which QMTP knows as a temporary failure. */
  async #store(building: Building, data: Uint8Array): Promise<string | undefined> {
    try {
      await building.spool.write(data);
      return undefined;
    } catch (error) {
      this.#options.log("internal-error", { where: "partial", text: String(error) });
      return "the message could not be stored";
    }
  }

  async #finish(building: Building): Promise<void> {
    const outcomes = this.#judge(building);
    const before = this.#answers;
    const owed = building.recipients.length;
    this.#owed += owed;
    this.#answers = (async () => {
      const judged = await outcomes;
      await before;
      await this.#answer(judged);
      this.#owed -= owed;
    })();
    const work = this.#answers.finally(() => this.#inFlight.delete(work));
    this.#inFlight.add(work);
    while (this.#inFlight.size >= IN_FLIGHT || this.#owed >= MAX_OWED) await Promise.race(this.#inFlight);
  }

  /** Waits for a peer that does not read its answers: they would pile up in memory, and nothing more is read meanwhile. */
  async #answer(outcomes: readonly Outcome[]): Promise<void> {
    if (!this.#stream.writable || this.#stream.write(Buffer.concat(outcomes.map(replyOf)))) return;
    const written = new AbortController();
    const either = ["drain", "close"].map((event) => once(this.#stream, event, { signal: written.signal }));
    // A stream that breaks rejects; the reading side reports why. The loser of the race is ended, not awaited.
    if (!this.#stream.closed) await Promise.any(either).catch(() => undefined);
    written.abort();
    await Promise.allSettled(either);
  }

  /** Never throws: what goes wrong in storing is an answer too. */
  async #judge({ spool, oversize, sender, recipients }: Building): Promise<Outcome[]> {
    try {
      const all = this.#options.refuseNow?.() ?? sender?.problem ?? (oversize ? this.#tooLarge() : undefined);
      if (all !== undefined || sender === undefined) return recipients.map(() => all ?? deferred("4.3.0", "no sender"));
      const usable = recipients.filter(({ problem }) => problem === undefined);
      const taken =
        usable.length === 0
          ? []
          : await this.#options.take({
              sender: sender.text,
              recipients: usable.map(({ text }) => ({ address: text })),
              spool,
            });
      this.#count(spool.size, taken);
      let next = 0;
      return recipients.map(({ problem }) => problem ?? taken[next++] ?? deferred("4.3.0", "no outcome"));
    } catch (error) {
      this.#options.log("internal-error", { where: "qmtp", text: String(error) });
      return recipients.map(() => deferred("4.3.0", "internal trouble, try again later"));
    } finally {
      await spool.discard();
    }
  }

  #count(bytes: number, outcomes: readonly Outcome[]): void {
    const kept = outcomes.filter(({ kind }) => kind === "delivered").length;
    if (kept === 0) return;
    this.#messages += 1;
    this.#recipients += kept;
    this.#bytes += bytes;
  }

  #tooLarge(): Outcome {
    return failed("5.3.4", `sorry, that message is larger than ${this.#options.maxMessage} bytes`);
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readAddress(
  event: { address: Uint8Array; problem?: string },
  status: string,
  text: string,
): { text: string; problem?: Outcome } {
  if (event.problem === "too-many")
    return { text: "", problem: deferred("4.5.3", "too many recipients in one package, send the rest again") };
  if (event.problem !== undefined) return { text: "", problem: failed(status, text) };
  try {
    const address = UTF8.decode(event.address);
    const why = addressProblem(address);
    return why === undefined ? { text: address } : { text: "", problem: failed(status, `${text}: ${why}`) };
  } catch {
    // Not UTF-8: no such mailbox can exist here, and the bytes could not be written back unchanged.
    return { text: "", problem: failed(status, `${text}: it is not UTF-8`) };
  }
}
