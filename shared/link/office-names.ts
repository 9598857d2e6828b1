/**
 * The document in which an office tells the hub the names of its own aliases, so that mail for them is not refused at
 * headquarters. Always all of them: an office has few, and a list needs no history. What they stand for, and whose names
 * there are, it does not say. PROTOCOL.md has the format.
 */
import { z } from "zod";
import { addressKey } from "#shared/mail/address.js";
import { frontCoded, readFrontCoded } from "./front-coding.ts";
import { isPersonName } from "./people-update.ts";

/** Far above any office; they bound what one list may cost headquarters. */
export const MAX_OFFICE_NAMES = 1000;
export const MAX_OFFICE_NAMES_BYTES = 100_000;

const HEAD = z.object({ qrelay: z.literal("aliases") });

/** The document for the wire. @param names in the order of their bytes, each once */
export function encodeOfficeNames(names: readonly string[]): Uint8Array {
  const lines = [JSON.stringify({ qrelay: "aliases" }), ...frontCoded(names)];
  return Buffer.from(lines.map((line) => `${line}\n`).join(""));
}

/** Reads a document from the wire; `problem` says why it cannot be used, and then nothing may change. */
export function parseOfficeNames(bytes: Uint8Array): { names: string[] } | { problem: string } {
  const wrong = (why: string): { problem: string } => ({ problem: `the list of aliases is wrong: ${why}` });
  if (bytes.length > MAX_OFFICE_NAMES_BYTES) return wrong(`larger than ${MAX_OFFICE_NAMES_BYTES} bytes`);
  const [head = "", ...lines] = textOf(bytes)?.split("\n") ?? [];
  if (!isHead(head)) return wrong("it does not begin with its head");
  if (lines.pop() !== "") return wrong("its last line has no end");
  if (lines.length > MAX_OFFICE_NAMES) return wrong(`more than ${MAX_OFFICE_NAMES} names`);
  const expand = readFrontCoded();
  const names: string[] = [];
  for (const line of lines) {
    const name = expand(line);
    if (name === undefined || !isPersonName(name) || addressKey(name) !== name)
      return wrong(`line ${names.length + 2} is no name`);
    names.push(name);
  }
  return new Set(names).size === names.length ? { names } : wrong("a name is there twice");
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Not UTF-8: then no head is found.
    return undefined;
  }
}

function isHead(line: string): boolean {
  try {
    return HEAD.safeParse(JSON.parse(line)).success;
  } catch {
    return false;
  }
}
