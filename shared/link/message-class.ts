import type { HeaderScanner } from "#shared/mail/header.js";
import type { ParcelClass } from "./parcel.ts";
export function messageClass(header: HeaderScanner, bytes: number): ParcelClass {
  if (/urgent/i.test(header.field("priority") ?? "") || /^[12]/.test(header.field("x-priority") ?? "")) return "urgent";
  if (header.field("list-id") !== undefined || bytes > 100_000) return "bulk";
  return bytes <= 8192 ? "small" : "normal";
}
