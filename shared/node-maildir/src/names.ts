import { Buffer } from "node:buffer";

/** One file in `new/` or `cur/`, known by its name alone: it may have vanished by the time it is opened. */
export interface MaildirEntry {
  /** File name, with `:2,FLAGS` where there is one. */
  readonly name: string;
  /** The part before the first ':'; it stays when a reader moves the file or changes flags. */
  readonly unique: string;
  /** The letters after ":2,", in the file's order, or "". */
  readonly flags: string;
  readonly folder: "new" | "cur";
  /** Seconds since 1970: the digits the name begins with, 0 when it begins with none. */
  readonly time: number;
}

/** ext4 and most others stop at 255 bytes; the rest is room for ":2,FLAGS" and for what other readers append. */
export const MAX_NAME_BYTES = 200;

export function entryOf(name: string, folder: "new" | "cur"): MaildirEntry {
  const colon = name.indexOf(":");
  const unique = colon < 0 ? name : name.slice(0, colon);
  const flags = colon >= 0 && name.startsWith(":2,", colon) ? name.slice(colon + 3) : "";
  return { name, unique, flags, folder, time: leadingSeconds(name) };
}

/** Oldest first; the name decides within one second. Compared by code unit, so the same on every machine. */
export function compareEntries(a: MaildirEntry, b: MaildirEntry): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

/** Throws TypeError unless `name` may be given to a new message. */
export function assertNewName(name: string): void {
  const wrong = faultOfName(name) ?? faultOfNewName(name);
  if (wrong !== undefined) {
    throw new TypeError(`Cannot use the message name ${quote(name)}: ${wrong}`);
  }
}

/**
 * Throws TypeError when `name` could lead out of the folder. Looser than {@link assertNewName}: names that other
 * programs wrote may be long.
 */
export function assertPlainName(name: string): void {
  const wrong = faultOfName(name);
  if (wrong !== undefined) throw new TypeError(`Cannot look for the message ${quote(name)}: ${wrong}`);
}

function faultOfName(name: string): string | undefined {
  if (typeof name !== "string" || name === "") return "it is empty; give one character or more";
  if (name.startsWith(".")) return "it begins with '.', and readers skip such files; choose another first character";
  if (name.includes("/")) return "it contains '/'; encode that character";
  if (name.includes("\0")) return "it contains NUL; encode that character";
  return undefined;
}

function faultOfNewName(name: string): string | undefined {
  if (name.includes(":")) return "it contains ':', which separates the flags; encode that character";
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) return `it has ${bytes} bytes; the limit is ${MAX_NAME_BYTES}`;
  return undefined;
}

function leadingSeconds(name: string): number {
  let end = 0;
  while (isDigit(name.charCodeAt(end))) end++;
  const seconds = Number(name.slice(0, end));
  return Number.isSafeInteger(seconds) ? seconds : 0;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function quote(name: string): string {
  return JSON.stringify(String(name).slice(0, MAX_NAME_BYTES));
}
