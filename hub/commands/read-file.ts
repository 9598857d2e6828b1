import { open } from "node:fs/promises";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";

/** A million aliases are 40 MB. */
const MAX_FILE = 100_000_000;

/**
 * A file that somebody hands to a command.
 * @param action for the message: "Cannot ACTION FILE: …". Failure 65 when it cannot be read
 */
export async function readWholeFile(file: string, action: string): Promise<Buffer> {
  try {
    return await readBounded(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(EXIT.badData, `Cannot ${action} ${file}: ${why}`, { cause });
  }
}

/** The same of UTF-8, without its byte order mark. Failure 65 when it is no such text. */
export async function readTextFile(file: string, action: string): Promise<string> {
  const bytes = await readWholeFile(file, action);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Failure(EXIT.badData, `Cannot ${action} ${file}: it is not UTF-8`, { cause });
  }
}

/** Not by its size alone: a pipe has none. */
async function readBounded(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    size += chunk.length;
    if (size > MAX_FILE) throw new Error(`it is longer than ${MAX_FILE} bytes, which is all that is read`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
