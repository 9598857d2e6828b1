import { deferred, type Outcome } from "#shared/mail/outcome.js";
import { Spool } from "#shared/queue/spool.js";
import { answersOf } from "./answers-of.ts";
import { addressesOf, historyItem } from "./history-item.ts";
import type { GivenAnswers } from "./kept/answers.ts";
import type { History } from "./kept/history.ts";
import type { IncomingHead, IncomingParcels } from "./kept/incoming.ts";
import type { ParcelHeader } from "./parcel.ts";
import { receiveContent } from "./receive-content.ts";
import { ReceiverContext } from "./receiver-context.ts";
import type { SessionEvent } from "./session/types.ts";
import type { SharedContext } from "./shared-context.ts";
import { MalformedFrameError } from "./wire/bytes.ts";
import type { SkipReason } from "./wire/frame-types.ts";
import { parcelId, type ReadIntro, readIntro } from "./wire/parcel-head.ts";

/**
 * The peer's parcels, from their header to our answer. What has come of a body is kept on the disk while it is not
 * whole; "taken" is answered only after `accept` has made the message durable (P1).
 */
export interface ReceiverOptions {
  readonly received: History;
  readonly sent: History;
  readonly incoming: IncomingParcels;
  readonly given: GivenAnswers;
  /** The folder of spools. */
  readonly partial: string;
  /** What can be said of a parcel before its body: an answer for all recipients, or undefined. */
  readonly judge: (header: ParcelHeader) => Judgement | undefined;
  /** Takes a whole parcel; one outcome for each recipient, durable when it returns. */
  readonly take: (header: ParcelHeader, content: Uint8Array | Spool) => Promise<readonly Outcome[]>;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Tells the session machine. */
  readonly post: (event: SessionEvent) => void;
}

export interface Judgement {
  readonly reason: SkipReason & ("have" | "refused" | "no-room");
  readonly outcomes: readonly Outcome[];
}

interface Incoming {
  readonly id: string;
  readonly head: IncomingHead;
  /** Where the body is decoded; undefined for one that began in an earlier session, which is found when it is whole. */
  readonly context: SharedContext | undefined;
  readonly completed: number;
  /** Bytes of this session, until they are on the disk as well. */
  parts: Uint8Array[];
  /** The file, in order; undefined while nothing was written. */
  writing: Promise<string | undefined> | undefined;
  /** The body will not be taken: only the history may want it. */
  judged: Judgement | undefined;
}

/** Parcels in a row without the model. The sender has left its own: learning on takes a processor that others need. */
const MODEL_RESTS = 16;
/** What does not compress is sent as it is, behind its length. */
const ENCODING_ROOM = 16;

export class ParcelReceiver {
  readonly #options: ReceiverOptions;
  readonly #streams = new Map<number, Incoming>();
  readonly #contexts: ReceiverContext;
  /** Decoding, one after the other: each may build on the one before. */
  #decoding: Promise<unknown> = Promise.resolve();
  readonly #work = new Set<Promise<unknown>>();
  /** Parcels in a row that needed no model. */
  #withoutModel = 0;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#contexts = new ReceiverContext(options);
  }

  /** Reads a parcel's header; what the machine must know of it. @throws MalformedFrameError */
  announce(stream: number, head: Uint8Array): void {
    const intro = readIntro(head, (assumed) => this.#contexts.assume(assumed));
    if (intro.kind === "fresh" && intro.encodedLength > intro.header.size + ENCODING_ROOM)
      throw new MalformedFrameError(`a body of ${intro.encodedLength} bytes for a content of ${intro.header.size}`);
    const { incoming, problem } = this.#incomingFor(intro);
    const offset = intro.kind === "resumed" ? intro.offset : 0;
    this.#options.post({ kind: "announced", stream, length: Math.max(0, intro.encodedLength - offset) });
    if (incoming === undefined) {
      this.#options.post({ kind: "unwanted", stream, reason: problem });
      return;
    }
    this.#streams.set(stream, incoming);
    // A parcel without a body is complete already, and then its answer waits for the verdict all the same.
    incoming.judged = this.#options.judge(incoming.head.header);
    this.#useModel(incoming);
    if (incoming.judged === undefined) return;
    this.#options.post({ kind: "unwanted", stream, reason: incoming.judged.reason });
    this.#answer(stream, incoming, incoming.judged.outcomes);
    if (incoming.judged.reason === "no-room") this.#streams.delete(stream);
  }

  /** The model's second passes while the body is on the line; and it does not learn for ever what nobody asks it. */
  #useModel({ context, head, judged }: Incoming): void {
    const wanted = head.encoding.codec === "mixing";
    this.#withoutModel = wanted ? 0 : this.#withoutModel + 1;
    if (wanted && judged === undefined) context?.warmUp();
    else if (this.#withoutModel === MODEL_RESTS) this.#track(this.#contexts.current.rest());
  }

  #incomingFor(intro: ReadIntro): { incoming?: Incoming; problem: SkipReason } {
    if (intro.kind === "history-unknown") return { problem: "history-unknown" };
    const shared = { parts: [], writing: undefined, judged: undefined };
    if (intro.kind === "fresh") {
      const { header, encoding, encodedLength, assumed } = intro;
      const context = this.#contexts.current;
      const head: IncomingHead = { header, encoding, encodedLength, base: context.base, states: [] };
      const incoming = { ...shared, id: parcelId(header), head, context, completed: assumed.completed };
      return { incoming, problem: "damaged" };
    }
    const kept = this.#options.incoming.get(intro.id);
    // What it goes on with is not what we have.
    if (kept === undefined || kept.offset !== intro.offset || kept.head.encodedLength !== intro.encodedLength)
      return { problem: "damaged" };
    const incoming = {
      ...shared,
      id: intro.id,
      head: kept.head,
      context: undefined,
      completed: kept.head.states.length,
    };
    return { incoming, problem: "damaged" };
  }

  /** More of a body. It goes to the disk at once unless it is whole now. */
  store(stream: number, bytes: Uint8Array): void {
    const incoming = this.#streams.get(stream);
    if (incoming === undefined) return;
    incoming.parts.push(Buffer.from(bytes));
    queueMicrotask(() => this.#keep(stream, incoming));
  }

  #keep(stream: number, incoming: Incoming): void {
    if (!this.#streams.has(stream) || incoming.judged !== undefined || incoming.parts.length === 0) return;
    const bytes = Buffer.concat(incoming.parts);
    incoming.parts = [];
    incoming.writing = (incoming.writing ?? this.#begin(incoming)).then(
      async (problem) => problem ?? (await this.#options.incoming.write(incoming.id, bytes)),
    );
    void incoming.writing.then((problem) => {
      if (problem !== undefined) this.#noRoom(stream, incoming, problem);
    });
  }

  /** Which states it assumes is known when the parcels before it are decoded. */
  async #begin({ id, context, completed, head }: Incoming): Promise<string | undefined> {
    if (context === undefined) return undefined;
    await this.#decoding;
    return this.#options.incoming.begin(id, { ...head, states: context.statesUpTo(completed) });
  }

  /** The disk cannot take it: the sender keeps it and asks again (P7). */
  #noRoom(stream: number, incoming: Incoming, problem: string): void {
    if (!this.#streams.delete(stream)) return;
    this.#options.post({ kind: "unwanted", stream, reason: "no-room" });
    const outcome = deferred("4.3.1", `there is no room at the moment: ${problem}`);
    this.#answer(stream, incoming, everybody(incoming.head.header, outcome));
  }

  /** The last byte has come. */
  complete(stream: number): void {
    const incoming = this.#streams.get(stream);
    this.#streams.delete(stream);
    if (incoming === undefined) return;
    const { header } = incoming.head;
    // In the order of the wire, as the sender counts them; a body that began in an earlier session is not counted.
    const counted = header.kind === "mail" ? incoming.context : undefined;
    counted?.complete(addressesOf(header));
    const decoded = this.#decoding.then(() => this.#decode(stream, incoming, counted));
    this.#decoding = decoded.then(() =>
      incoming.context === this.#contexts.current ? this.#contexts.tidy() : undefined,
    );
    this.#track(decoded.then((plain) => this.#take(stream, incoming, plain)));
  }

  /** @returns undefined when it cannot be decoded; the sender has been told */
  async #decode(
    stream: number,
    incoming: Incoming,
    counted: SharedContext | undefined,
  ): Promise<Uint8Array | Spool | undefined> {
    const { header } = incoming.head;
    try {
      const received = await receiveContent(this.#options, incoming);
      if (received.kind === "content") {
        await counted?.learn(historyItem(header, received.beginning));
        return received.content;
      }
      counted?.lose();
      const reason = received.kind === "damaged" ? received.reason : "it assumes a history that is not here";
      this.#options.log("parcel-undecodable", { mail: header.mailId, reason });
      await this.#options.incoming.drop(incoming.id);
      if (incoming.judged === undefined) this.#options.post({ kind: "unwanted", stream, reason: received.kind });
    } catch (error) {
      counted?.lose();
      this.#options.log("internal-error", { where: "link", mail: header.mailId, text: String(error) });
      if (incoming.judged === undefined) this.#answer(stream, incoming, everybody(header, TROUBLE));
    }
    return undefined;
  }

  async #take(stream: number, incoming: Incoming, content: Uint8Array | Spool | undefined): Promise<void> {
    const { header } = incoming.head;
    try {
      if (content === undefined || incoming.judged !== undefined) return;
      this.#answer(stream, incoming, await this.#options.take(header, content));
      await this.#options.incoming.drop(incoming.id);
    } catch (error) {
      this.#options.log("internal-error", { where: "link", mail: header.mailId, text: String(error) });
      this.#answer(stream, incoming, everybody(header, TROUBLE));
    } finally {
      if (content instanceof Spool) await content.discard();
    }
  }

  #answer(stream: number, incoming: Incoming, outcomes: readonly Outcome[]): void {
    const answers = answersOf(outcomes);
    // Remembered first: a cut from here on makes the next hello say it.
    this.#options.given.add(stream, incoming.id, answers);
    this.#options.post({ kind: "answered", stream, answers });
  }

  #track(work: Promise<unknown>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  /** After the session: what is whole is taken to its end, what is not is kept. */
  async end(): Promise<void> {
    for (const incoming of this.#streams.values()) await incoming.writing;
    while (this.#work.size > 0) await Promise.all(this.#work);
    await this.#decoding;
    await this.#contexts.close();
    await this.#options.incoming.endSession();
  }
}

const TROUBLE = deferred("4.3.0", "internal trouble, try again later");

/** Receipts have no recipients and still get one answer. */
function everybody({ recipients }: ParcelHeader, outcome: Outcome): Outcome[] {
  return recipients.length === 0 ? [outcome] : recipients.map(() => outcome);
}
