import { CodecChoice } from "./codec-choice.ts";
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
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

/** Shorter encoded bodies are sent whole again rather than kept. */
const WORTH_KEEPING = 256;

/** Makes bodies, and keeps them on the disk until they are answered: encoded again they would be other bytes. */
export class BodyMaker {
  readonly #options: BodyMakerOptions;
  readonly #choice = new CodecChoice();

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

  /**
   * @param idle since the one before the line could always have taken more
   * @returns undefined when the disk has no room for a large one
   */
  make(id: string, parcel: OutgoingParcel, idle: boolean): Promise<EncodedParcel | undefined> {
    const { header, beginning, content } = parcel;
    return content === undefined ? this.#small(id, header, beginning, idle) : this.#large(id, content);
  }

  async #small(id: string, header: OutgoingParcel["header"], plain: Buffer, idle: boolean): Promise<EncodedParcel> {
    const { context, outgoing, log } = this.#options;
    const { mixing, history, quick } = context.codecs;
    // A list alone does not pay for the model's second and its 40 MB.
    const codecs = { history, mixing: mixing && !isForNode(header.recipients), quick: quick && this.#choice.quick };
    const { encoding, bytes, completed, trouble } = await encodeParcel(plain, header, context.current, codecs);
    await this.#choose(plain.length, idle);
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

  async #choose(bytes: number, idle: boolean): Promise<void> {
    const before = this.#choice.quick;
    this.#choice.made(bytes, idle, performance.now());
    // Its memory, and the time in which it would go on learning what nobody asks it: the trial would measure that.
    if (this.#choice.quick && !before) await this.#options.context.current.rest();
  }
}

export function inMemory(bytes: Uint8Array): EncodedBody {
  return {
    length: bytes.length,
    piece: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  };
}
