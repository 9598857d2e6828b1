/** Reads the files of a tree that somebody else has made: nothing in it may hold the import for ever or fill the memory. */
import { constants, type FileHandle, open, readdir } from "node:fs/promises";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { bad, type Problem, type Read, type Source } from "./lines.ts";

/** The alias files of the largest organisation are a tenth of this. */
const MAX_FILE = 20_000_000;

/**
 * A file's bytes; undefined when there is none, a problem when it cannot be read.
 *
 * @param file as the administrator knows it
 */
export async function readSource(path: string, file: string): Promise<Source | Problem | undefined> {
  const at = { file, line: 1, text: "" };
  try {
    // Without waiting: opening a FIFO would wait for somebody who writes into it.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await handle.stat();
      if (!info.isFile()) return bad(at, "it is no plain file", "put a file in its place, or take it away");
      if (info.size > MAX_FILE)
        return bad(at, `the file is larger than ${MAX_FILE} bytes`, "is it the right one? Divide it otherwise");
      return { file, bytes: await readWhole(handle, info.size) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isAbsent(error)) return undefined;
    return bad(at, `it cannot be read: ${textOf(error)}`, "make it readable, or take it away");
  }
}

/** No more than was there when it was looked at: a file that grows meanwhile is read up to its old end. */
async function readWhole(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await handle.read(bytes, done, size - done, done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** What a reader makes of what was found. */
export function readWith<T>(
  found: Source | Problem | undefined,
  read: (source: Source) => Read<T>,
): Read<T> | undefined {
  if (found === undefined) return undefined;
  return "bytes" in found ? read(found) : { records: [], problems: [found] };
}

/** Names of plain files and links, sorted; none where there is no such folder. Throws Failure 65 for one that is closed. */
export async function filesIn(path: string): Promise<string[]> {
  try {
    const found = await readdir(path, { withFileTypes: true });
    return found
      .filter((one) => one.isFile() || one.isSymbolicLink())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw new Failure(EXIT.badData, `Cannot import ${path}: ${textOf(error)}`, { cause: error });
  }
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
