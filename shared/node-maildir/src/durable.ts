// Single durable steps. None of them calls another: draft.ts, replace.ts and create.ts spell the order.
import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { errnoOf } from "./errors.ts";
import { type MaildirFs, type MaildirHandle, nodeFs } from "./fs.ts";

/** The bytes of a message, in order. A piece must not be changed until the call that took it has settled. */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Small pieces are joined up to this many bytes, so that a usual message is one write. */
const JOIN_BYTES = 256 * 1024;

/**
 * Makes the names in a directory survive a power cut: what was created, renamed or removed there before this call
 * began. One fsync for this caller alone; the error of a failed fsync is thrown.
 */
export async function syncDirectory(path: string, fs: MaildirFs = nodeFs): Promise<void> {
  const handle = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes every byte, joining small pieces. Throws what the disk or the source throws. */
export async function writeAll(handle: MaildirHandle, chunks: Chunks): Promise<void> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < JOIN_BYTES) continue;
    await writeWhole(handle, join(waiting));
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) await writeWhole(handle, join(waiting));
}

/** Removes a file of ours in `tmp/` after something else went wrong, or when nobody wants it any more. */
export async function discard(fs: MaildirFs, path: string): Promise<void> {
  try {
    await fs.unlink(path);
  } catch {
    // The caller reports the first error, which matters more; a file left in tmp/ is no message and sweep() takes it.
  }
}

/** True when the error is "no such file". */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === "ENOENT";
}

// A full disk shows first as a short write, and as ENOSPC only on the next one.
async function writeWhole(handle: MaildirHandle, data: Uint8Array): Promise<void> {
  let done = 0;
  while (done < data.length) {
    const { bytesWritten } = await handle.write(data, done, data.length - done);
    if (bytesWritten === 0)
      throw new Error(`Cannot write the message: the disk took none of ${data.length - done} bytes`);
    done += bytesWritten;
  }
}

function join(pieces: Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
