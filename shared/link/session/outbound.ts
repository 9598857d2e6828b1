import { CLASSES } from "#shared/link/parcel.js";
import type { Answer, RecipientAnswer } from "#shared/link/wire/answer.js";
import type { Left, SkipReason } from "#shared/link/wire/frame-types.js";
import type { Hello } from "#shared/link/wire/hello.js";
import { isClosing } from "./inbound.ts";
import type { Offer, Part, SessionAction, SessionEvent } from "./types.ts";

/**
 * What we send: which parcel next, which piece of it, and what the peer said of each (pure). A more urgent parcel takes
 * over at the next piece. Nothing here waits for an answer; the peer's answers settle parcels in any order.
 */
interface Sending {
  readonly key: string;
  readonly stream: number;
  readonly head: Uint8Array;
  readonly length: number;
  offset: number;
  announced: boolean;
}

/** Parcels without an answer: what a cut makes us ask about is bounded by this. */
const MAX_UNANSWERED = 128;
/** Bodies that are open at once: one for each class. */
const MAX_OPEN = CLASSES.length;
/** A parcel that the peer cannot decode on any history is tried again in the next session. */
const MAX_ENCODINGS = 3;
/** Bytes of a data frame beside its body. */
const FRAME_OVERHEAD = 12;
/** Settled parcels at the head of the order before they are left out. */
const ORDER_KEPT = 64;
/** Less body than this is not worth a frame of its own. */
const LEAST_PIECE = 64;

export class Outbound {
  readonly #rank: (offers: readonly Offer[]) => readonly string[];
  #offers = new Map<string, Offer>();
  #order: readonly string[] = [];
  readonly #sending = new Map<string, Sending>();
  /** Stream → key, for all that have no answer yet. */
  readonly #open = new Map<number, string>();
  readonly #openKeys = new Set<string>();
  readonly #encodings = new Map<string, number>();
  /** Keys that are not tried (again) in this session, and those of them that are gone for good. */
  readonly #done = new Set<string>();
  readonly #settled = new Set<string>();
  #preparing: string | undefined;
  /** What the peer cannot decode; something simpler is being found for it. */
  readonly #mending = new Set<string>();
  #nextStream = 1;
  #pausing = false;
  #peerKnown = false;
  #limits: Pick<Hello, "maxMessage" | "classes"> = { maxMessage: 0, classes: 0 };

  constructor(rank: (offers: readonly Offer[]) => readonly string[]) {
    this.#rank = rank;
  }

  /** @param again what was put off in this session is tried once more */
  offer(offers: readonly Offer[], again: boolean): void {
    if (again) for (const key of this.#done) if (!this.#settled.has(key)) this.#done.delete(key);
    this.#offers = new Map(offers.map((offer) => [offer.key, offer]));
    this.#order = this.#rank([...this.#offers.values()]);
  }

  peerSays({ maxMessage, classes }: Hello): void {
    this.#limits = { maxMessage, classes };
  }

  peerKnown(): void {
    this.#peerKnown = true;
  }

  get preparing(): boolean {
    return this.#preparing !== undefined || this.#mending.size > 0;
  }

  /** What is crossing. */
  get current(): { readonly key: string; readonly done: number } | undefined {
    const sending = this.#firstSending();
    return sending === undefined ? undefined : { key: sending.key, done: sending.offset };
  }

  /** Nothing is under way. */
  get idle(): boolean {
    return !this.hasMore && !this.preparing && this.unanswered === 0;
  }

  get unanswered(): number {
    return this.#open.size;
  }

  /** Something will be written when there is room, or when the peer's hello has come. */
  get hasMore(): boolean {
    return this.#sending.size > 0 || this.#mending.size > 0 || this.#order.some((key) => this.#couldGo(key));
  }

  /** What would stay behind if the session ended now. */
  get left(): Left {
    return this.#sum((key) => !this.#settled.has(key));
  }

  /** The same without what is under way and may yet be answered. */
  get waiting(): Left {
    return this.#sum((key) => !this.#settled.has(key) && !this.#openKeys.has(key));
  }

  #sum(counts: (key: string) => boolean): Left {
    const waiting = [...this.#offers.values()].filter(({ key }) => counts(key));
    return { messages: waiting.length, bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /**
   * The next part to write, of at most `room` bytes; or what must be done first.
   *
   * @param idle since the last preparation there was always room
   */
  next(room: number, idle: boolean): Part | SessionAction | undefined {
    // Headers go in the order in which they were prepared: a later one may count on what an earlier one names.
    for (const sending of this.#sending.values()) if (!sending.announced) return this.#piece(sending, room);
    const key = this.#next();
    if (key === undefined) return this.#piece(this.#firstSending(), room);
    const sending = this.#sending.get(key);
    if (sending !== undefined) return this.#piece(sending, room);
    if (this.#preparing !== undefined) return this.#piece(this.#firstSending(), room);
    this.#preparing = key;
    return { do: "prepare", key, stream: this.#nextStream, idle };
  }

  prepared({ key, head, length, offset, pause }: SessionEvent & { kind: "prepared" }): void {
    this.#preparing = undefined;
    this.#pausing = pause;
    const stream = this.#nextStream;
    this.#nextStream += 1;
    this.#sending.set(key, { key, stream, head, length, offset, announced: false });
  }

  unready(key: string): void {
    this.#preparing = undefined;
    this.#done.add(key);
  }

  /** @returns undefined for a stream that has none to come: the peer made it up */
  answered(answer: Answer): SessionAction[] | undefined {
    const further = answer.taken ? answer.further : 0;
    // Before a number of the peer's becomes memory.
    if (further >= this.#open.size) return undefined;
    const streams = range(answer.stream, further);
    if (streams.some((stream) => !this.#open.has(stream))) return undefined;
    return streams.map((stream) => this.#settle(stream, answer.taken ? [] : answer.recipients));
  }

  #settle(stream: number, answers: readonly RecipientAnswer[]): SessionAction {
    const key = this.#close(stream);
    this.#done.add(key);
    if (answers.every(({ letter }) => letter !== "Z")) this.#settled.add(key);
    this.#forgetSettled();
    return { do: "settle", key, answers };
  }

  /** What is over stands first in the order: thousands of them would be looked at for each piece. */
  #forgetSettled(): void {
    const first = this.#order.findIndex((key) => !this.#settled.has(key));
    if (first >= ORDER_KEPT) this.#order = this.#order.slice(first);
  }

  skipped(stream: number, reason: SkipReason): SessionAction | undefined | "unknown" {
    const key = this.#open.get(stream);
    if (key === undefined) return stream < this.#nextStream ? undefined : "unknown";
    this.#sending.delete(key);
    // An answer follows all but these.
    if (!isClosing(reason)) return undefined;
    this.#close(stream);
    const tried = (this.#encodings.get(key) ?? 0) + 1;
    this.#encodings.set(key, tried);
    if (tried >= MAX_ENCODINGS) this.#done.add(key);
    this.#mending.add(key);
    return { do: "undecodable", key, reason };
  }

  /** It may be encoded anew. */
  mended(key: string): void {
    this.#mending.delete(key);
  }

  #close(stream: number): string {
    const key = this.#open.get(stream) ?? "";
    this.#open.delete(stream);
    this.#openKeys.delete(key);
    this.#sending.delete(key);
    return key;
  }

  /** The most urgent parcel that may go now. */
  #next(): string | undefined {
    return this.#order.find((key) => this.#sending.has(key) || this.#mayBegin(key));
  }

  #mayBegin(key: string): boolean {
    if (this.#pausing && this.#open.size + this.#sending.size > 0) return false;
    if (this.#open.size >= MAX_UNANSWERED || this.#sending.size >= MAX_OPEN) return false;
    return this.#couldGo(key) && (this.#peerKnown || this.#offers.get(key)?.begun === false);
  }

  /** It may go on this line, if not at this moment. */
  #couldGo(key: string): boolean {
    const offer = this.#offers.get(key);
    if (offer === undefined || this.#done.has(key) || this.#openKeys.has(key) || this.#mending.has(key)) return false;
    const { maxMessage, classes } = this.#limits;
    if (maxMessage > 0 && offer.bytes > maxMessage) return false;
    return classes === 0 || Math.floor(classes / 2 ** CLASSES.indexOf(offer.class)) % 2 === 1;
  }

  #firstSending(): Sending | undefined {
    for (const sending of this.#sending.values()) return sending;
    return undefined;
  }

  /** The header first, then the body; an empty body needs no data frame. */
  #piece(sending: Sending | undefined, room: number): Part | SessionAction | undefined {
    if (sending === undefined) return undefined;
    if (!sending.announced) {
      if (sending.head.length + FRAME_OVERHEAD > room && room < SMALL_ROOM) return undefined;
      sending.announced = true;
      this.#open.set(sending.stream, sending.key);
      this.#openKeys.add(sending.key);
      return { kind: "frame", frame: { kind: "parcel", stream: sending.stream, head: sending.head } };
    }
    const left = sending.length - sending.offset;
    if (left === 0) {
      this.#sending.delete(sending.key);
      return { do: "sent", key: sending.key };
    }
    const length = Math.min(left, room - FRAME_OVERHEAD);
    if (length < Math.min(left, LEAST_PIECE)) return undefined;
    const { key, stream, offset } = sending;
    sending.offset += length;
    return { kind: "piece", key, stream, offset, length };
  }
}

/** A header is longer than the room only when a thousand people get the message; then it goes all the same. */
const SMALL_ROOM = 1024;

function range(first: number, further: number): number[] {
  return Array.from({ length: further + 1 }, (_one, index) => first + index);
}
