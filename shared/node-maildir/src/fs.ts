import { link, lstat, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";

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
export const nodeFs: MaildirFs = { open, rename, link, unlink, mkdir, readdir, stat, lstat };
