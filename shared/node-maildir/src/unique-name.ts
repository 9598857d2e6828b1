import { Buffer } from "node:buffer";

/** Longest host part taken: HOST_NAME_MAX on Linux. It keeps a name below MAX_NAME_BYTES. */
const MAX_HOST_BYTES = 64;

/** 64 random bits: no clash even when the clock stands still, pids repeat and a counter restarts (containers). */
const RANDOM_BYTES = 8;

/** A clock gives milliseconds; up to this many names of one millisecond still sort in the order they were made. */
const LAST_MICROSECOND = 999;

/** Names made by this process, all maildirs together. */
let count = 0;
let lastMs = -1;
let withinMs = 0;

/**
 * `SECONDS.M<microseconds>P<pid>Q<count>R<random>.HOST`, after the maildir page of D. J. Bernstein. Identity rests on
 * the random part and the counter, never on the clock, which may jump to 1970 on a laptop whose battery died.
 *
 * @param nowMs wall clock, milliseconds
 */
export function makeUniqueName(nowMs: number, random: (n: number) => Uint8Array, host: string): string {
  const ms = Math.max(0, Math.floor(nowMs));
  withinMs = ms === lastMs ? Math.min(withinMs + 1, LAST_MICROSECOND) : 0;
  lastMs = ms;
  count += 1;
  // Six digits always: names of one second must sort as text the way they were made.
  const micros = String((ms % 1000) * 1000 + withinMs).padStart(6, "0");
  const seconds = Math.floor(ms / 1000);
  return `${seconds}.M${micros}P${process.pid}Q${count}R${hex(random(RANDOM_BYTES))}.${host}`;
}

/** A host name as it may stand in a file name: '/' as `\057` and ':' as `\072`. */
export function escapeHost(host: string): string {
  const escaped = Buffer.from(host.replaceAll("/", "\\057").replaceAll(":", "\\072"));
  return escaped.length === 0 ? "localhost" : escaped.subarray(0, MAX_HOST_BYTES).toString();
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
