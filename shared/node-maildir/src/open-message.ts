import { constants } from "node:fs";
import { type Box, entryPath } from "./box.ts";
import { isMissing } from "./durable.ts";
import { errnoOf, NotAMessageError, NotFoundError } from "./errors.ts";
import type { MaildirHandle } from "./fs.ts";
import { findEntry } from "./list.ts";
import { MaildirFile } from "./maildir-file.ts";
import type { MaildirEntry } from "./names.ts";

// NOFOLLOW: a symlink planted in new/ would hand out any file on the machine. NONBLOCK: open() of a FIFO would wait
// for ever for its writer.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a message, following it once when a reader has renamed it since it was listed. */
export async function openMessage(box: Box, entry: MaildirEntry): Promise<MaildirFile> {
  const first = await tryOpen(box, entry);
  if (first !== undefined) return first;
  const moved = await findEntry(box, entry.unique);
  const second = moved === undefined ? undefined : await tryOpen(box, moved);
  if (second !== undefined) return second;
  throw missing(box, entry, "open");
}

/** The error for a message that another reader has removed. */
export function missing(box: Box, entry: MaildirEntry, action: string): NotFoundError {
  return new NotFoundError(
    `Cannot ${action} the message "${entry.name}": it is no longer in ${box.path}; list the maildir again`,
  );
}

async function tryOpen(box: Box, entry: MaildirEntry): Promise<MaildirFile | undefined> {
  const path = entryPath(box, entry);
  let handle: MaildirHandle;
  try {
    handle = await box.fs.open(path, READ_FLAGS);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw isSpecial(error) ? notAMessage(path, error) : error;
  }
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw notAMessage(path, undefined);
    return new MaildirFile(handle, status.size, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

// ELOOP (EMLINK on FreeBSD): a symlink. ENXIO, EOPNOTSUPP: a socket.
function isSpecial(error: unknown): boolean {
  return ["ELOOP", "EMLINK", "ENXIO", "EOPNOTSUPP"].includes(errnoOf(error) ?? "");
}

function notAMessage(path: string, cause: unknown): NotAMessageError {
  return new NotAMessageError(`Cannot read ${path}: it is not a regular file; move it away`, { cause });
}
