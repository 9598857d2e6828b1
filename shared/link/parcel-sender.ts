import type { Outcome } from "#shared/mail/outcome.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import { outcomesOf } from "./answers-of.ts";
import { checksumOf } from "./checksum.ts";
import { addressesOf, historyItem } from "./history-item.ts";
import type { History } from "./kept/history.ts";
import type { OutgoingParcels } from "./kept/outgoing.ts";
import { BodyMaker, type EncodedBody, inMemory } from "./make-body.ts";
import type { OutgoingMail, OutgoingParcel, Waiting } from "./outgoing-mail.ts";
import type { ParcelClass, ParcelHeader } from "./parcel.ts";
import type { SenderContext } from "./sender-context.ts";
import type { Offer } from "./session/types.ts";
import type { SharedContext } from "./shared-context.ts";
import type { RecipientAnswer } from "./wire/answer.ts";
import type { Have, Hello } from "./wire/hello.ts";
import { parcelId, writeIntro } from "./wire/parcel-head.ts";

/**
 * Our parcels, from the queue to the peer's answer. An entry leaves the queue only in `settle`, with the peer's answers;
 * a crash at any other moment leaves it there, and the encoded file of what was begun.
 */
export interface SenderOptions {
  readonly mail: OutgoingMail;
  readonly outgoing: OutgoingParcels;
  readonly context: SenderContext;
  readonly sent: History;
  /** The peer's name for outcomes. */
  readonly remote: string;
  /** Settles one answered entry; durable when it returns. */
  readonly settle: (open: OpenEntry, outcomes: readonly Outcome[]) => Promise<void>;
  /** What must be in the queue before it is looked at. */
  readonly beforeLook?: () => Promise<void>;
  /** What the peer has not been told yet of the mail that it sent. */
  readonly receipts?: () => { readonly content: Uint8Array; confirm(): void } | undefined;
  /** May cross on this link at all. */
  readonly allowed: (parcelClass: ParcelClass, bytes: number) => boolean;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Seconds since 1970. */
  readonly now: () => number;
}

interface Begun {
  readonly header: ParcelHeader;
  readonly id: string;
  readonly body: EncodedBody;
  /** The context it was encoded in, and what it leaves there; absent where it leaves nothing. */
  readonly learn?: { readonly context: SharedContext; readonly item: Uint8Array };
  readonly confirm?: () => void;
  state?: Promise<string>;
}

export interface Prepared {
  readonly head: Uint8Array;
  readonly length: number;
  readonly offset: number;
  /** Nothing is begun after it until everything is answered: then a new context begins. */
  readonly pause: boolean;
}

/** Key of the receipts among the offers; no entry's name looks like this. */
const RECEIPTS = "\0receipts";
/** More bodies than one record can hold pieces of. */
const KEPT_ANSWERED = 16;

export class ParcelSender {
  readonly #options: SenderOptions;
  readonly #begun = new Map<string, Begun>();
  /** Bodies of parcels that were answered just now. */
  readonly #answered = new Map<string, EncodedBody>();
  #have = new Map<string, Have>();
  readonly #bodies: BodyMaker;
  #receipts: { readonly content: Uint8Array; confirm(): void } | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#bodies = new BodyMaker(options);
  }

  /** What waits. `all` is false while more of the queue is still to be read: ask again. */
  async look(): Promise<{ offers: Offer[]; all: boolean }> {
    await this.#options.beforeLook?.();
    const { waiting, all } = await this.#options.mail.look();
    const offers = [...waiting]
      .filter(([, one]) => this.#options.allowed(one.class, one.bytes))
      .map((pair) => this.#offer(pair));
    this.#receipts ??= this.#options.receipts?.();
    if (this.#receipts !== undefined) offers.push(receiptsOffer(this.#receipts.content));
    return { offers, all };
  }

  #offer([key, { id, class: parcelClass, bytes, born }]: readonly [string, Waiting]): Offer {
    const waitedMs = Math.max(0, this.#options.now() - born) * 1000;
    return { key, class: parcelClass, bytes, waitedMs, begun: this.#options.outgoing.has(id) };
  }

  /** What the peer's hello says of the last session: answers that were lost, and parts that it holds. */
  async peer(hello: Hello): Promise<void> {
    for (const { id, answers } of hello.done) {
      const key = this.#options.mail.byId(id);
      if (key !== undefined) await this.#settleMail(key, id, answers);
    }
    this.#have = new Map(hello.have.map((have) => [have.id, have]));
    await this.#options.context.peerSays(hello);
  }

  /** @param idle since the last one the line could always have taken more */
  async prepare(key: string, idle: boolean): Promise<Prepared | undefined> {
    if (key === RECEIPTS) return this.#prepareReceipts();
    if (this.#options.context.full && this.#begun.size === 0) await this.#options.context.renew();
    const parcel = await this.#options.mail.parcel(key);
    if (parcel === undefined) return undefined;
    try {
      const id = parcelId(parcel.header);
      return (await this.#resume(key, id, parcel.header)) ?? (await this.#encode(key, id, parcel, idle));
    } finally {
      await parcel.close();
    }
  }

  /** A part of it is there, and it is a part of what we have kept. */
  async #resume(key: string, id: string, header: ParcelHeader): Promise<Prepared | undefined> {
    const have = this.#have.get(id);
    this.#have.delete(id);
    const body = have === undefined ? undefined : await this.#bodies.kept(id, have);
    if (have === undefined || body === undefined) return undefined;
    this.#begun.set(key, { header, id, body });
    const intro = { kind: "resumed", id, offset: have.offset, encodedLength: body.length } as const;
    return { head: writeIntro(intro, []), length: body.length, offset: have.offset, pause: this.#options.context.full };
  }

  async #encode(key: string, id: string, parcel: OutgoingParcel, idle: boolean): Promise<Prepared | undefined> {
    const { context } = this.#options;
    const before = context.current;
    const encoded = await this.#bodies.make(id, parcel, idle);
    if (encoded === undefined) return undefined;
    const { current: shared } = context;
    // The peer has said meanwhile that it does not hold this. A large one is encoded alone and assumes nothing.
    if (shared !== before && parcel.content === undefined) return this.#encode(key, id, parcel, idle);
    const { body, encoding, completed } = encoded;
    const { header, beginning } = parcel;
    const assumed = context.assumed(completed);
    const known = shared.addresses(completed) ?? [];
    const head = writeIntro({ kind: "fresh", header, encoding, encodedLength: body.length, assumed }, known);
    this.#begun.set(key, { header, id, body, learn: { context: shared, item: historyItem(header, beginning) } });
    return { head, length: body.length, offset: 0, pause: context.full };
  }

  async #prepareReceipts(): Promise<Prepared | undefined> {
    const content = this.#receipts?.content;
    if (content === undefined) return undefined;
    const header: ParcelHeader = { ...RECEIPTS_HEADER, size: content.length, checksum: checksumOf(content) };
    const raw = { encoding: { codec: "raw", unwrapped: false }, encodedLength: content.length } as const;
    const head = writeIntro({ kind: "fresh", header, ...raw, assumed: { completed: 0 } }, []);
    const { confirm } = this.#receipts ?? { confirm: () => undefined };
    this.#begun.set(RECEIPTS, { header, id: header.checksum, body: inMemory(content), confirm });
    return { head, length: content.length, offset: 0, pause: this.#options.context.full };
  }

  piece(key: string, offset: number, length: number): Uint8Array {
    const body = this.#begun.get(key)?.body ?? this.#answered.get(key);
    if (body === undefined) throw new Error(`A piece was wanted of ${JSON.stringify(key)}, which was not prepared`);
    return body.piece(offset, length);
  }

  /** Its last byte is on the way: what comes after it may build on it. */
  sent(key: string): void {
    const begun = this.#begun.get(key);
    if (begun?.learn === undefined) return;
    const { context, item } = begun.learn;
    context.complete(addressesOf(begun.header));
    begun.state = context.learn(item);
    begun.state.catch(() => undefined);
  }

  /** @returns what became of it, for the report; undefined for what is no mail, or has gone */
  async settle(key: string, answers: readonly RecipientAnswer[]): Promise<Settled | undefined> {
    const begun = this.#forget(key);
    if (key === RECEIPTS) {
      // Refused for good: the peer will never be able to use them, and need not be told again.
      if (answers.every(({ letter }) => letter !== "Z")) begun?.confirm?.();
      this.#receipts = undefined;
      return undefined;
    }
    if (begun?.state !== undefined) this.#options.sent.confirm(await begun.state);
    return this.#settleMail(key, begun?.id ?? "", answers);
  }

  async #settleMail(key: string, id: string, answers: readonly RecipientAnswer[]): Promise<Settled | undefined> {
    const open = await this.#options.mail.open(key);
    if (open === undefined) return undefined;
    try {
      const outcomes = outcomesOf(answers, open.head.envelope.recipients.length, this.#options.remote);
      await this.#options.settle(open, outcomes);
      if (id !== "") await this.#options.outgoing.drop(id);
      return { open, outcomes };
    } finally {
      await open.close();
    }
  }

  async undecodable(key: string): Promise<void> {
    const begun = this.#forget(key);
    if (begun === undefined) return;
    await this.#options.outgoing.drop(begun.id);
    if (begun.learn !== undefined) await this.#options.context.fallBack(begun.learn.context);
  }

  #forget(key: string): Begun | undefined {
    const begun = this.#begun.get(key);
    this.#begun.delete(key);
    if (begun !== undefined) this.#keepAWhile(key, begun.body);
    return begun;
  }

  /** The machine may have written pieces of it that are still held for their record: an answer can be faster. */
  #keepAWhile(key: string, body: EncodedBody): void {
    this.#answered.get(key)?.close();
    this.#answered.set(key, body);
    const [oldest] = this.#answered.keys();
    if (this.#answered.size <= KEPT_ANSWERED || oldest === undefined) return;
    this.#answered.get(oldest)?.close();
    this.#answered.delete(oldest);
  }

  /** After the session. */
  end(): void {
    for (const { body } of this.#begun.values()) body.close();
    for (const body of this.#answered.values()) body.close();
    this.#begun.clear();
    this.#answered.clear();
  }

  /** What is being sent, for who watches. */
  watch(key: string): { what: string; of: number } | undefined {
    const begun = this.#begun.get(key);
    return begun && { what: begun.header.mailId ?? "receipts", of: begun.body.length };
  }
}

export interface Settled {
  readonly open: OpenEntry;
  readonly outcomes: readonly Outcome[];
}

const RECEIPTS_HEADER = { kind: "receipts", sender: "", recipients: [], class: "urgent", fields: {} } as const;

function receiptsOffer(content: Uint8Array): Offer {
  return { key: RECEIPTS, class: "urgent", bytes: content.length, waitedMs: 0, begun: false };
}
