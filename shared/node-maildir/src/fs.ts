import { close, closeSync, constants, fstat, fsync, open, read, write } from "node:fs";
import { link, lstat, mkdir, readdir, rename, stat, unlink } from "node:fs/promises";
import { promisify } from "node:util";

/** What this package reads of a file's status: a part of node's `Stats`. */
export interface MaildirStat {
  isFile(): boolean;
  isDirectory(): boolean;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly atimeMs: number;
}

/** An open file or directory: a part of node's `FileHandle`. */
export interface MaildirHandle {
  /** May write less than `length`; the caller loops. */
  write(data: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }>;
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{
    bytesRead: number;
  }>;
  sync(): Promise<void>;
  stat(): Promise<MaildirStat>;
  close(): Promise<void>;
}

/**
 * Every disk call this package makes, and no other, so that a test can fail each one or cut the power before it.
 * The shapes are those of `node:fs/promises`; errors carry the errno name in `code`.
 */
export interface MaildirFs {
  open(path: string, flags: number, mode?: number): Promise<MaildirHandle>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string, options: { mode: number }): Promise<unknown>;
  readdir(path: string): Promise<string[]>;
  stat(path: string): Promise<MaildirStat>;
  lstat(path: string): Promise<MaildirStat>;
}

/** The real disk. */
export const nodeFs: MaildirFs = { open: openFile, rename, link, unlink, mkdir, readdir, stat, lstat };

const openDescriptor = promisify(open);
const readDescriptor = promisify(read);
const writeDescriptor = promisify(write);
const syncDescriptor = promisify(fsync);
const statDescriptor = promisify(fstat);
const closeDescriptor = promisify(close);

/** Bare descriptors: a delivery is a handful of calls, and node's FileHandle costs about as much as one of them. */
async function openFile(path: string, flags: number, mode?: number): Promise<MaildirHandle> {
  const descriptor = await openDescriptor(path, flags, mode);
  // After fsync closing has nothing left to do and needs no thread. But a message that was read may have been removed
  // meanwhile: then closing frees its blocks, which takes a while when it is large.
  const idleClose = (flags & (constants.O_WRONLY | constants.O_DIRECTORY)) !== 0;
  return {
    write: (data, offset, length) => writeDescriptor(descriptor, data, offset, length),
    read: (into, offset, length, position) => readDescriptor(descriptor, into, offset, length, position),
    sync: () => syncDescriptor(descriptor),
    stat: () => statDescriptor(descriptor),
    close: idleClose ? async () => closeSync(descriptor) : () => closeDescriptor(descriptor),
  };
}
