import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { HeaderScanner } from "#shared/mail/header.js";

/**
 * A message on its way in, before its envelope is complete (QMTP tells sender and recipients last). Holds no
 * promise: small ones wait in memory, larger ones in a file under partial/ that has no name any more,
 * so that a crash leaves nothing to clean up.
 */

/** Up to here a message waits in memory: 100 connections hold 6.4 MB at the most. */
const IN_MEMORY = 64 * 1024;
const PIECE = 64 * 1024;

export class Spool {
  readonly scanner = new HeaderScanner();
  readonly #directory: string;
  #memory = Buffer.alloc(0);
  #file: FileHandle | undefined;
  #size = 0;

  /** @param directory the node's partial/ folder */
  constructor(directory: string) {
    this.#directory = directory;
  }

  get size(): number {
    return this.#size;
  }

  async write(data: Uint8Array): Promise<void> {
    this.scanner.feed(data);
    const before = this.#size;
    this.#size += data.length;
    if (this.#file === undefined && this.#size <= IN_MEMORY) {
      this.#hold(data, before);
      return;
    }
    if (this.#file === undefined) {
      this.#file = await openUnnamed(this.#directory);
      await writeAll(this.#file, this.#memory.subarray(0, before));
      this.#memory = Buffer.alloc(0);
    }
    await writeAll(this.#file, data);
  }

  /** One buffer, not a list: a stranger who drips single bytes would make 64 KB of them cost many MB. */
  #hold(data: Uint8Array, at: number): void {
    if (this.#size > this.#memory.length) {
      const grown = Buffer.allocUnsafe(Math.min(IN_MEMORY, Math.max(this.#size, 2 * this.#memory.length)));
      this.#memory.copy(grown, 0, 0, at);
      this.#memory = grown;
    }
    this.#memory.set(data, at);
  }

  /** The message, as often as wanted. */
  chunks(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    return this.#file === undefined ? [this.#memory.subarray(0, this.#size)] : readAll(this.#file, this.#size);
  }

  async discard(): Promise<void> {
    this.#memory = Buffer.alloc(0);
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

async function openUnnamed(directory: string): Promise<FileHandle> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `spool-${randomBytes(8).toString("hex")}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}

async function writeAll(file: FileHandle, data: Uint8Array): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done);
    done += bytesWritten;
  }
}

async function* readAll(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, size - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) throw new Error(`Cannot read a message back from partial/: it ends at byte ${at} of ${size}`);
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}
