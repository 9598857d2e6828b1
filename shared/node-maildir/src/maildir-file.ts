import { Buffer } from "node:buffer";
import type { MaildirHandle } from "./fs.ts";

/** Bytes a piece of `stream()` has at most: a usual message in one or a few, and 20 sessions stay small. */
const PIECE_BYTES = 64 * 1024;

/** A message open for reading. It stays readable when another reader renames or removes it. Close it. */
export class MaildirFile {
  /** Bytes, when it was opened. */
  readonly size: number;
  readonly #handle: MaildirHandle;
  readonly #path: string;
  #closed: boolean = false;

  /** @internal made by `Maildir.open` */
  constructor(handle: MaildirHandle, size: number, path: string) {
    this.#handle = handle;
    this.size = size;
    this.#path = path;
  }

  /**
   * Up to `length` bytes from `offset`; fewer only where the message ends. Throws RangeError unless both are whole
   * numbers from 0 up; no more memory is taken than the message has bytes.
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    assertCount("offset", offset);
    assertCount("length", length);
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const into = Buffer.allocUnsafe(wanted);
    let done = 0;
    while (done < wanted) {
      const { bytesRead } = await this.#handle.read(into, done, wanted - done, offset + done);
      // A message never changes in place. Giving a shorter one as if it were whole would send it torn.
      if (bytesRead === 0)
        throw new Error(`Cannot read ${this.#path}: it ends at ${offset + done} of ${this.size} bytes`);
      done += bytesRead;
    }
    return into;
  }

  /** The bytes from `start` up to and without `end` (default: all) in pieces of up to 64 KB. */
  async *stream(start = 0, end: number = this.size): AsyncGenerator<Uint8Array, void, undefined> {
    assertCount("start", start);
    assertCount("end", end);
    const stop = Math.min(end, this.size);
    for (let at = start; at < stop; at += PIECE_BYTES) {
      yield await this.read(at, Math.min(PIECE_BYTES, stop - at));
    }
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function assertCount(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`Cannot read from a message: ${what} is ${value}, it must be a whole number from 0 up`);
}
