import { deferred, failed, type Outcome } from "#shared/mail/outcome.js";
import type { Accept } from "#shared/queue/accept.js";
import type { Announced, EarlyJudgement } from "#shared/queue/judge-early.js";
import { oldMailOrigin } from "#shared/queue/old-mail.js";
import { TRACE_ROOM } from "#shared/queue/policies.js";
import { Spool } from "#shared/queue/spool.js";
import { MAX_NAMES_BYTES } from "./names-update.ts";
import { NAMES_LOCAL, NODE_LOCAL } from "./node-address.ts";
import { MAX_STATEMENT_BYTES } from "./office-statement.ts";
import type { ParcelHeader } from "./parcel.ts";
import type { Judgement } from "./parcel-receiver.ts";
import { MAX_BATCH } from "./receipts.ts";

/**
 * Where a parcel that has crossed enters the node: mail through the one front door, each mail id and recipient once;
 * messages for the node itself, which only a link may bring; receipts.
 */
export interface ParcelDoorOptions {
  /** Who is at the other end: an office's name, or "hub". */
  readonly link: string;
  readonly accept: Accept;
  readonly judge: (announced: Announced) => EarlyJudgement | undefined;
  readonly partial: string;
  /** Bytes, as its first node takes it. */
  readonly maxMessage: number;
  /** Why nothing can be taken now: no room, or an office that may not send. */
  readonly space: () => Outcome | undefined;
  /** A message for the node itself (`NODE_LOCAL@host`); absent where none is expected. */
  readonly forNode?: (content: Uint8Array) => Promise<Outcome>;
  /** The list of names (`NAMES_LOCAL@host`); mail does not depend on it. */
  readonly takeNames?: (content: Uint8Array) => Outcome;
  readonly takeReceipts?: (content: Uint8Array) => Outcome;
  /** Our host name: messages for the node come to this domain. */
  readonly host: string;
}

export class ParcelDoor {
  readonly #options: ParcelDoorOptions;
  /** Parcels are stored while later ones arrive; mail behind a list of people must be routed by that list. */
  #known: Promise<boolean> = Promise.resolve(true);
  /** Mail behind a list must not be judged by the one before. */
  #listComing = false;

  constructor(options: ParcelDoorOptions) {
    this.#options = options;
  }

  /** What can be said before the body; undefined when it is wanted. */
  judge(header: ParcelHeader): Judgement | undefined {
    const everybody = (outcome: Outcome): Outcome[] => repeated(outcome, header);
    const { maxMessage, space } = this.#options;
    if (header.size > maxMessage + TRACE_ROOM) {
      const text = `this message has ${header.size} bytes and this node takes at most ${maxMessage}`;
      return { reason: "refused", outcomes: everybody(failed("5.3.4", text)) };
    }
    const trouble = space();
    if (trouble !== undefined) return { reason: "no-room", outcomes: everybody(trouble) };
    if (header.kind === "receipts") return tooLarge("what one node tells the other", header, MAX_TOLD);
    if (this.#isFor(NODE_LOCAL, header)) {
      this.#listComing = true;
      return undefined;
    }
    if (this.#isNames(header)) return tooLarge("a list of names", header, MAX_NAMES_BYTES);
    const judged = this.#listComing ? undefined : this.#options.judge(this.#announced(header));
    return judged === undefined ? undefined : { reason: judged.kind, outcomes: judged.outcomes };
  }

  /** Takes a whole parcel; durable when it returns. @param content a large one waits on the disk */
  async take(header: ParcelHeader, content: Uint8Array | Spool): Promise<readonly Outcome[]> {
    const { forNode, takeNames, takeReceipts } = this.#options;
    if (header.kind === "receipts")
      return [takeReceipts?.(await bytesOf(content)) ?? failed("5.5.1", "this node has no use for receipts")];
    if (takeNames !== undefined && this.#isNames(header)) return [takeNames(await bytesOf(content))];
    if (forNode !== undefined && this.#isFor(NODE_LOCAL, header)) {
      const update = bytesOf(content).then(forNode);
      this.#known = update.then(
        ({ kind }) => kind === "delivered",
        () => false,
      );
      return [await update];
    }
    if (!(await this.#known))
      return repeated(deferred("4.3.5", "the list of people before this mail could not be taken"), header);
    if (content instanceof Spool) return this.#accept(header, content);
    const spool = new Spool(this.#options.partial);
    try {
      await spool.write(content);
      return await this.#accept(header, spool);
    } finally {
      await spool.discard();
    }
  }

  async #accept(header: ParcelHeader, spool: Spool): Promise<readonly Outcome[]> {
    const { mailId, envelope, origin } = this.#announced(header);
    const { outcomes } = await this.#options.accept({
      envelope,
      spool,
      origin,
      peer: { from: this.#options.link, with: "QMTPS" },
      entrance: { listener: "link" },
      mailId,
      fields: header.fields,
      once: true,
      refusals: "answer",
    });
    return outcomes;
  }

  #announced({ mailId = "", sender, recipients, ret, envid, smtputf8, size, fields }: ParcelHeader): Announced {
    const dsn = {
      ...(ret === undefined ? {} : { ret }),
      ...(envid === undefined ? {} : { envid }),
      ...(smtputf8 === undefined ? {} : { smtputf8 }),
    };
    return {
      mailId,
      envelope: { sender, recipients, ...dsn },
      origin: { relay: false, link: this.#options.link, ...oldMailOrigin(fields) },
      size,
    };
  }

  #isNames(header: ParcelHeader): boolean {
    return this.#options.takeNames !== undefined && this.#isFor(NAMES_LOCAL, header);
  }

  #isFor(local: string, { recipients }: ParcelHeader): boolean {
    const node = `${local}@${this.#options.host}`.toLowerCase();
    return recipients.length === 1 && recipients[0]?.address.toLowerCase() === node;
  }
}

/** Receipts and statements are read in memory. */
const MAX_TOLD = Math.max(MAX_BATCH, MAX_STATEMENT_BYTES);

function tooLarge(what: string, { size }: ParcelHeader, limit: number): Judgement | undefined {
  if (size <= limit) return undefined;
  const text = `${what} has ${size} bytes, and this node takes at most ${limit}`;
  return { reason: "refused", outcomes: [failed("5.3.4", text)] };
}

/** Messages between nodes are lists, of which the longest fits into memory (`MAX_PEOPLE_BYTES`). */
async function bytesOf(content: Uint8Array | Spool): Promise<Uint8Array> {
  if (!(content instanceof Spool)) return content;
  const pieces: Uint8Array[] = [];
  for await (const piece of content.chunks()) pieces.push(piece);
  return Buffer.concat(pieces);
}

function repeated(outcome: Outcome, { kind, recipients }: ParcelHeader): Outcome[] {
  return kind === "receipts" ? [outcome] : recipients.map(() => outcome);
}
