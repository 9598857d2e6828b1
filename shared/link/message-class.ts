import type { HeaderScanner } from "#shared/mail/header.js";
import type { ParcelClass } from "./parcel.ts";

/** How soon a message should go, by what its header says and by its size (pure). */

/** A letter, with its trace lines: on HF half a minute. */
const SMALL_BYTES = 8 * 1024;
/** Nobody waits at the radio for more than this. */
const BULK_BYTES = 100 * 1024;

/** @param bytes of the message as stored */
export function messageClass(header: Pick<HeaderScanner, "field">, bytes: number): ParcelClass {
  if (isUrgent(header)) return "urgent";
  if (isForMany(header) || bytes > BULK_BYTES) return "bulk";
  return bytes <= SMALL_BYTES ? "small" : "normal";
}

/** RFC 4021 §2.1.54 (Priority) and what mail programs write when the sender marks a message. */
function isUrgent(header: Pick<HeaderScanner, "field">): boolean {
  const says = (name: string, pattern: RegExp): boolean => pattern.test(header.field(name) ?? "");
  return says("priority", /^\s*urgent\b/i) || says("x-priority", /^\s*[12]\b/) || says("importance", /^\s*high\b/i);
}

/** Lists and newsletters (RFC 2919, RFC 2369): whoever marks these urgent marks all of them. */
function isForMany(header: Pick<HeaderScanner, "field">): boolean {
  const listed = header.field("list-id") !== undefined || header.field("list-unsubscribe") !== undefined;
  return listed || /^\s*(bulk|list|junk)\b/i.test(header.field("precedence") ?? "");
}
