import type { Directory } from "#hub/directory/directory.js";

/** What an office is to be told next. */
export interface PendingReceipts {
  /** As `shared/link/receipts.ts` writes it: at most 64 KB. */
  readonly content: Uint8Array;
  /** The office has it (or will never be able to use it): it is not told again. Telling twice is harmless. */
  confirm(): void;
}

/**
 * What became of mail that an office sent and has not been told yet, oldest first; undefined when it knows all. Ask
 * again after `confirm`: there may be more than fits into one batch.
 */
export function pendingReceipts(_directory: Directory, _office: string): PendingReceipts | undefined {
  return undefined;
}
