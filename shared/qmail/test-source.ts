/** For tests: sources of text, and compiled ones. */
import type { At, Problem, Read, Source } from "./lines.ts";
import type { QmailTree } from "./tree.ts";

export function sourceOf(text: string, file = "f"): Source {
  return { file, bytes: Buffer.from(text) };
}

/** Problems as `LINE weight: what is wrong`. */
export function saidOf(read: Read<unknown>): string[] {
  return read.problems.map(({ line, weight, says }: Problem) => `${line} ${weight}: ${says}`);
}

export function linesOfAll(read: Read<At>): number[] {
  return [...read.records, ...read.problems].map(({ line }) => line);
}

/** A cdb without its hash tables' contents: records are read in their order, nothing is looked up. */
export function cdbOf(records: readonly (readonly [key: string, data: string])[]): Buffer {
  const bodies = records.map(([key, data]) => {
    const [k, d] = [Buffer.from(key), Buffer.from(data)];
    const head = Buffer.alloc(8);
    head.writeUInt32LE(k.length, 0);
    head.writeUInt32LE(d.length, 4);
    return Buffer.concat([head, k, d]);
  });
  const body = Buffer.concat(bodies);
  const pointers = Buffer.alloc(2048);
  for (let at = 0; at < 2048; at += 8) pointers.writeUInt32LE(2048 + body.length, at);
  return Buffer.concat([pointers, body]);
}

export const EMPTY_TREE: QmailTree = { accounts: [], rules: [], settings: [], told: [] };
