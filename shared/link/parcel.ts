import type { Recipient } from "#shared/mail/envelope.js";

/**
 * One thing that crosses the link, as its header announces it before its body (pure). The wire form is in `PROTOCOL.md`.
 */
export type ParcelKind = "mail" | "receipts";

/** How soon a message goes: the order of this list. */
export const CLASSES = ["urgent", "small", "normal", "bulk"] as const;
export type ParcelClass = (typeof CLASSES)[number];

export interface ParcelHeader {
  readonly kind: ParcelKind;
  /** Of a mail; receipts have none. */
  readonly mailId?: string;
  /** Empty for a bounce. */
  readonly sender: string;
  /** One answer is owed for each. Receipts have none, and get one answer. */
  readonly recipients: readonly Recipient[];
  readonly ret?: "FULL" | "HDRS";
  readonly envid?: string;
  readonly smtputf8?: boolean;
  readonly class: ParcelClass;
  /** Named fields of the entry that this version does not know but passes on. */
  readonly fields: Readonly<Record<string, string>>;
  /** Bytes of the content, plain. */
  readonly size: number;
  /** First 8 bytes of the content's SHA-256, in hex. */
  readonly checksum: string;
}
