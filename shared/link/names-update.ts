/**
 * The document in which the hub tells an office which names exist in the organisation, so that a typing error is refused
 * in the office and not a day later. A line of JSON, then one line a name, front-coded; a full copy, or what has
 * changed since a version, with the checksum of what must come out. PROTOCOL.md has the format.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { addressKey, addressProblem, MAX_DOMAIN, MAX_LOCAL } from "#shared/mail/address.js";
import { frontCoded, readFrontCoded } from "./front-coding.ts";

/** What an office may hold: nothing, the names, or also whose they are and where they are posted. */
export const REPLICAS = ["none", "names", "book"] as const;
export type ReplicaKind = (typeof REPLICAS)[number];

/** A name that the hub answers: `user` in every domain of the organisation, or `user@host` in one. */
export interface KnownName {
  /** Lower case, NFC. */
  readonly name: string;
  /** In the address book only, and only of people. */
  readonly fullName?: string | undefined;
  readonly office?: string | undefined;
}

export interface NamesUpdate {
  /** `none`: the office is to forget what it holds. */
  readonly replica: ReplicaKind;
  readonly version: number;
  /** Holds what has changed since this version; absent: a full copy. */
  readonly from?: number | undefined;
  /** When it was made, seconds since 1970 by the hub's clock. */
  readonly at: number;
  /** `namesChecksum` of what the office holds afterwards. */
  readonly sum: string;
  /** New or changed, in the order of `compareNames`. */
  readonly put: readonly KnownName[];
  /** Names that exist no longer, in the same order. */
  readonly removed: readonly string[];
}

/** They bound what one list may cost a laptop: 60 MB of memory while it is read. */
export const MAX_NAMES = 200_000;
export const MAX_NAMES_BYTES = 5_000_000;

const MAX_NAME = MAX_LOCAL + 1 + MAX_DOMAIN;
const MAX_FULL_NAME = 200;
const MAX_OFFICE = 63;

const HEAD = z.object({
  qrelay: z.literal("names"),
  replica: z.enum(REPLICAS).default("names"),
  version: z.int().nonnegative(),
  from: z.int().nonnegative().optional(),
  at: z.int().nonnegative(),
  sum: z.string().regex(/^[0-9a-f]{16}$/),
});

/** The order of the list, and of what its checksum covers: that of the bytes in UTF-8. */
export function compareNames(one: string, two: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(two));
}

/** First 8 bytes of the SHA-256 over the lines. @param names in the order of `compareNames` */
export function namesChecksum(names: Iterable<KnownName>): string {
  const hash = createHash("sha256");
  for (const one of names) hash.update(`${lineOf(one)}\n`);
  return hash.digest("hex").slice(0, 16);
}

/** The document for the wire. */
export function encodeNames({ replica, version, from, at, sum, put, removed }: NamesUpdate): Uint8Array {
  const kind = replica === "names" ? undefined : replica;
  const head = JSON.stringify({ qrelay: "names", replica: kind, version, from, at, sum });
  const lines = [head, ...frontCoded(put.map(lineOf))];
  if (removed.length > 0) lines.push("", ...frontCoded(removed));
  return Buffer.from(lines.map((line) => `${line}\n`).join(""));
}

/** Reads a document from the wire; `problem` says why it cannot be used, and then nothing may change. */
export function parseNames(bytes: Uint8Array): { update: NamesUpdate } | { problem: string } {
  if (bytes.length > MAX_NAMES_BYTES) return { problem: `the list of names is larger than ${MAX_NAMES_BYTES} bytes` };
  try {
    return { update: read(linesOf(bytes)) };
  } catch (error) {
    if (error instanceof Malformed) return { problem: `the list of names is wrong: ${error.message}` };
    throw error;
  }
}

class Malformed extends Error {}

/** The lines one by one: a list that is refused has not been taken into memory as a hundred thousand strings. */
function* linesOf(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const end = buffer.indexOf(10, at);
    if (end < 0) throw new Malformed("its last line has no end");
    try {
      yield decoder.decode(buffer.subarray(at, end));
    } catch {
      throw new Malformed("it is not UTF-8");
    }
    at = end + 1;
  }
}

function read(lines: Iterator<string>): NamesUpdate {
  const { replica, version, from, at, sum } = headOf(lines.next().value);
  const put = section(lines).map(nameOf);
  const removed = section(lines);
  for (const name of removed) nameOf(name);
  if (lines.next().done !== true) throw new Malformed("more than two parts");
  if (removed.length > 0 && from === undefined) throw new Malformed("a full copy that removes names");
  assertOrder(put.map(({ name }) => name));
  assertOrder(removed);
  return { replica, version, from, at, sum, put, removed };
}

function headOf(line: string | undefined): z.infer<typeof HEAD> {
  let document: unknown;
  try {
    document = JSON.parse(line ?? "");
  } catch {
    // No JSON: the schema then says that no head was found.
  }
  const parsed = HEAD.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Malformed(`${issue?.path.join(".") || "first line"}: ${issue?.message ?? "unreadable"}`);
}

/** The lines up to an empty one, or to the end. */
function section(lines: Iterator<string>): string[] {
  const read: string[] = [];
  const expand = readFrontCoded();
  for (let next = lines.next(); next.done !== true && next.value !== ""; next = lines.next()) {
    const line = expand(next.value);
    if (line === undefined) throw new Malformed(`line ${read.length + 2}: it repeats more than there is`);
    if (read.length >= MAX_NAMES) throw new Malformed(`more than ${MAX_NAMES} names`);
    read.push(line);
  }
  return read;
}

function lineOf({ name, fullName = "", office = "" }: KnownName): string {
  return fullName === "" && office === "" ? name : `${name}\t${fullName}\t${office}`;
}

function nameOf(line: string): KnownName {
  const [name = "", fullName = "", office = "", ...more] = line.split("\t");
  if (!isKnownName(name)) throw new Malformed(`${JSON.stringify(name.slice(0, MAX_NAME))} is not a name`);
  if (more.length > 0 || fullName.length > MAX_FULL_NAME || office.length > MAX_OFFICE || addressProblem(fullName))
    throw new Malformed(`what is said of "${name}" is not a full name and an office`);
  return { name, ...(fullName === "" ? {} : { fullName }), ...(office === "" ? {} : { office }) };
}

function isKnownName(name: string): boolean {
  if (name === "" || /\s/.test(name) || Buffer.byteLength(name) > MAX_NAME) return false;
  return addressProblem(name) === undefined && addressKey(name) === name;
}

/** Strictly: whoever is there twice would be two people at the next change. */
function assertOrder(names: readonly string[]): void {
  for (let index = 1; index < names.length; index += 1) {
    const [one = "", two = ""] = [names[index - 1], names[index]];
    if (compareNames(one, two) >= 0) throw new Malformed(`"${two}" is not in its place`);
  }
}

/** A full name as the list can carry it: it may be anything that an import has found. */
export function listedFullName(text: string | undefined): string | undefined {
  const line = (text ?? "")
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, MAX_FULL_NAME)
    .toWellFormed();
  return line === "" ? undefined : line;
}
