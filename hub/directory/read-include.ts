import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { readIncludeText } from "#hub/importers/include-text.js";
import type { Included } from "#hub/routing/view.js";

/**
 * Reads files that aliases include, each again only when it has changed. Synchronous, as all that routing asks: a file of the
 * largest size costs some milliseconds, once.
 */

/** Bytes: ten thousand addresses and their comments. */
const MAX_SIZE = 1_000_000;
/** Files that are remembered. */
const MAX_KNOWN = 100;
/** A second change within a tick of the disk's clock would look like none. */
const TOO_YOUNG_MS = 2000;

/** @param now milliseconds since 1970 */
export function includeReader(now: () => number = Date.now): (path: string) => Included {
  const known = new Map<string, { readonly stamp: string; readonly included: Included }>();
  return (path) => {
    try {
      const before = known.get(path);
      if (before !== undefined && before.stamp === stampOf(statSync(path, { bigint: true }))) return before.included;
      known.delete(path);
      const read = readWhole(path);
      if ("problem" in read) return { problem: `${path}: ${read.problem}` };
      const included = readIncludeText({ file: path, bytes: read.bytes });
      if (known.size >= MAX_KNOWN) known.clear();
      if (Math.abs(now() - Number(read.info.mtimeMs)) > TOO_YOUNG_MS)
        known.set(path, { stamp: stampOf(read.info), included });
      return included;
    } catch (error) {
      known.delete(path);
      return { problem: `${path}: ${reasonOf(error)}` };
    }
  };
}

function readWhole(path: string): { info: BigIntStats; bytes: Uint8Array } | { problem: string } {
  // Without O_NONBLOCK a FIFO would hold the whole hub until somebody writes to it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const info = fstatSync(file, { bigint: true });
    if (!info.isFile()) return { problem: "it is no file" };
    if (info.size > MAX_SIZE) return { problem: `it is larger than ${MAX_SIZE} bytes` };
    const bytes = Buffer.alloc(Number(info.size));
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    // Half of a list is no list.
    if (length < bytes.length || stampOf(fstatSync(file, { bigint: true })) !== stampOf(info))
      return { problem: "it is being written" };
    return { info, bytes };
  } finally {
    closeSync(file);
  }
}

/** Which file it is, and which state of it. */
function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "the hub's account may not read it";
  return String(code ?? error);
}
