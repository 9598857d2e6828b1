import type { Duplex } from "node:stream";
import type { Part } from "./session/types.ts";
import { encodeFrame } from "./wire/frame.ts";
import type { Frame } from "./wire/frame-types.ts";

/** Parts of the session's writes onto a carrier; each write becomes one TLS record. */
export interface FrameWriterOptions {
  readonly stream: Duplex;
  /** Encoded bytes of a parcel. */
  readonly piece: (key: string, offset: number, length: number) => Uint8Array;
  /** An answer ends at this position of all that was written. */
  readonly onAnswer: (stream: number, end: number) => void;
}

export class FrameWriter {
  readonly #options: FrameWriterOptions;
  #position = 0;
  #unwritten = 0;
  #closing = false;

  constructor(options: FrameWriterOptions) {
    this.#options = options;
  }

  write(parts: readonly Part[]): void {
    const { stream, onAnswer } = this.#options;
    if (stream.destroyed) return;
    const pieces: Uint8Array[] = [];
    for (const part of parts) {
      const frame = this.#frame(part);
      const bytes = encodeFrame(frame);
      this.#position += bytes.length;
      if (frame.kind === "answer") onAnswer(frame.answer.stream, this.#position);
      pieces.push(bytes);
    }
    this.#unwritten += 1;
    stream.write(Buffer.concat(pieces), () => {
      this.#unwritten -= 1;
      this.#closeIfDone();
    });
  }

  #frame(part: Part): Frame {
    if (part.kind === "frame") return part.frame;
    const { key, stream, offset, length } = part;
    return { kind: "data", stream, bytes: this.#options.piece(key, offset, length) };
  }

  /** Without a close_notify: the good-bye has said it, and on a radio its answer would cost a turn. */
  closeWhenWritten(): void {
    this.#closing = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#closing && this.#unwritten === 0) this.#options.stream.destroy();
  }
}
