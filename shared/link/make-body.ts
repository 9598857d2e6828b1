import { encodeParcel } from "./encode-parcel.ts";
import type { OutgoingParcels } from "./kept/outgoing.ts";
import { encodeLarge } from "./large-content.ts";
import { isForNode } from "./node-address.ts";
import type { OutgoingParcel } from "./outgoing-mail.ts";
import type { SenderContext } from "./sender-context.ts";
import type { Have } from "./wire/hello.ts";
import type { Encoding } from "./wire/parcel-head.ts";

/** What crosses of a parcel, wherever it is: in memory, or for a large one on the disk. */
export interface EncodedBody {
  readonly length: number;
  piece(offset: number, length: number): Uint8Array;
  close(): void;
}

export interface EncodedParcel {
  readonly body: EncodedBody;
  readonly encoding: Encoding;
  /** Parcels completed after the base that it, or its header, assumes. */
  readonly completed: number;
}

export interface BodyMakerOptions {
  readonly outgoing: OutgoingParcels;
  readonly context: SenderContext;
  /** Bytes a second that the line has shown to take; undefined before that. */
  readonly lineRate: () => number | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

/** Shorter encoded bodies are sent whole again rather than kept. */
const WORTH_KEEPING = 256;
/** Encoded bodies before their time says something of the codec, and not of this moment. */
const TELLING = 8;
/** The quicker codecs send a fifth more bytes, and bytes may be dear: the line must stand idle for half of the time. */
const WORTH_WAITING = 2;

/** Makes bodies, and keeps them on the disk until they are answered: encoded again they would be other bytes. */
export class BodyMaker {
  readonly #options: BodyMakerOptions;
  #made = 0;
  #bytes = 0;
  #ms = 0;

  constructor(options: BodyMakerOptions) {
    this.#options = options;
  }

  /** A body that was begun, when what the peer has is the beginning of it. Close it. */
  async kept(id: string, { offset, checksum }: Have): Promise<EncodedBody | undefined> {
    const body = await this.#options.outgoing.open(id);
    if (body === undefined || (offset <= body.length && body.checksum(offset) === checksum)) return body;
    body.close();
    return undefined;
  }

  /** @returns undefined when the disk has no room for a large one */
  make(id: string, { header, beginning, content }: OutgoingParcel): Promise<EncodedParcel | undefined> {
    return content === undefined ? this.#small(id, header, beginning) : this.#large(id, content);
  }

  async #small(id: string, header: OutgoingParcel["header"], plain: Buffer): Promise<EncodedParcel> {
    const { context, outgoing, log } = this.#options;
    // A list alone does not pay for the model's second and its 40 MB.
    const codecs = isForNode(header.recipients) ? { ...context.codecs, mixing: false } : context.codecs;
    const began = performance.now();
    const { encoding, bytes, completed, trouble } = await encodeParcel(plain, header, context.current, codecs);
    this.#keepUp(bytes.length, performance.now() - began);
    if (trouble !== undefined) log("internal-error", { where: "codec", mail: header.mailId, text: trouble });
    if (bytes.length >= WORTH_KEEPING) await outgoing.save(id, bytes);
    else await outgoing.drop(id);
    return { body: inMemory(bytes), encoding, completed };
  }

  async #large(id: string, content: AsyncIterable<Uint8Array>): Promise<EncodedParcel | undefined> {
    // Two models and a window at once would be too much for a small machine.
    await this.#options.context.current.rest();
    await this.#options.outgoing.saveFrom(id, encodeLarge(content));
    const body = await this.#options.outgoing.open(id);
    const { completed } = this.#options.context.current;
    return body && { body, encoding: { codec: "brotli-alone", unwrapped: true }, completed };
  }

  /** A line that is much faster than the codec is given quicker codecs. */
  #keepUp(bytes: number, ms: number): void {
    this.#made += 1;
    // The first one has waited for the model to be built.
    if (this.#made > 1) {
      this.#bytes += bytes;
      this.#ms += ms;
    }
    const rate = this.#options.lineRate();
    const slow = this.#made > TELLING && rate !== undefined && (this.#bytes * 1000) / this.#ms < rate / WORTH_WAITING;
    if (slow) this.#options.context.hurry();
  }
}

export function inMemory(bytes: Uint8Array): EncodedBody {
  return {
    length: bytes.length,
    piece: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  };
}
