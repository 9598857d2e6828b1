/** Reading and writing the fields inside a frame (pure): varints, byte strings, texts. */

/** Thrown by `FieldReader` when a frame's fields do not fit its length: the peer broke the protocol. */
export class MalformedFrameError extends Error {}

/** 2^53 − 1 needs eight groups of seven bits. */
const MAX_VARINT_BYTES = 8;

export class FieldWriter {
  readonly #parts: Uint8Array[] = [];

  /** Unsigned LEB128: seven bits a byte, least significant first. @throws RangeError for what is no safe integer */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Cannot write ${value} as a varint`);
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    return this.raw(Uint8Array.from(bytes));
  }

  byte(value: number): this {
    return this.raw(Uint8Array.of(value));
  }

  /** Bytes whose length the reader knows. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  /** Length, then the bytes. */
  sized(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  text(text: string): this {
    return this.sized(Buffer.from(text, "utf8"));
  }

  hex(text: string): this {
    return this.raw(Buffer.from(text, "hex"));
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get empty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(limit = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > limit) throw new MalformedFrameError(`a field is ${value}, wanted at most ${limit}`);
        return value;
      }
      scale *= 0x80;
    }
    throw new MalformedFrameError("a number is longer than 8 bytes");
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new MalformedFrameError("a frame ends within a field");
    this.#at += 1;
    return byte;
  }

  raw(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new MalformedFrameError("a frame ends within a field");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  sized(limit: number): Buffer {
    return this.raw(this.varint(limit));
  }

  /** UTF-8; what is not becomes U+FFFD, which no address may hold. */
  text(limit: number): string {
    return this.sized(limit).toString("utf8");
  }

  hex(length: number): string {
    return this.raw(length).toString("hex");
  }

  rest(): Buffer {
    return this.raw(this.#bytes.length - this.#at);
  }
}
