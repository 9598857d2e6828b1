import type { Directory } from "#hub/directory/directory.js";
import {
  encodeReceipts,
  isExpected,
  MAIL_BYTES,
  MAX_RECEIPTS,
  type Receipt,
  type ReceiptNews,
  recipientTag,
  TAG_BYTES,
} from "#shared/link/receipts.js";
import { mailIdBeginning, mailIdBytes } from "#shared/mail/mail-id.js";
import type { News, Owed, TraceBook } from "#shared/queue/trace-record.js";

/** What an office is to be told next. */
export interface PendingReceipts {
  /** As `shared/link/receipts.ts` writes it: at most 64 KB. */
  readonly content: Uint8Array;
  /** The office has it (or will never be able to use it): it is not told again. Telling twice is harmless. */
  confirm(): void;
}

export interface ReceiptsContext {
  readonly directory: Directory;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

/** Rows read for one batch: members of lists share a receipt. */
const MAX_ROWS = 10 * MAX_RECEIPTS;

/**
 * What became of mail that an office sent and has not been told yet, oldest first; undefined when it knows all. Ask
 * again after `confirm`: there may be more than fits into one batch. Neither throws: receipts are history, and a
 * directory in trouble must not keep mail from moving (P7).
 */
export function pendingReceipts(context: ReceiptsContext, office: string): PendingReceipts | undefined {
  const { trace } = context.directory;
  return quietly(context, () => {
    const owed = trace.owed(office, MAX_ROWS).slice(0, MAX_RECEIPTS);
    if (owed.length === 0) return undefined;
    const { content, count } = encodeReceipts(owed.map((one) => receiptOf(trace, office, one)));
    return { content, confirm: () => quietly(context, () => trace.told(owed.slice(0, count))) };
  });
}

function quietly<T>({ log }: ReceiptsContext, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    log("internal-error", { where: "receipts", text: String(error) });
    return undefined;
  }
}

function receiptOf(trace: TraceBook, office: string, { mailId, named, news }: Owed): Receipt {
  const mail = mailIdBytes(mailId);
  const alike = trace.beginningWith(mailIdBeginning(mail.subarray(0, MAIL_BYTES.least)), office).map(mailIdBytes);
  const tags = trace.namedBy(office, mailId).map(recipientTag);
  return {
    mail: shortest(mail, alike, MAIL_BYTES),
    recipient: shortest(recipientTag(named), tags, TAG_BYTES),
    at: news.at,
    news: receiptNews(named, news),
  };
}

/** The fewest first bytes that none of the others begins with. */
function shortest(
  bytes: Uint8Array,
  all: readonly Uint8Array[],
  { least, most }: { readonly least: number; readonly most: number },
): Uint8Array {
  const others = all.filter((one) => Buffer.compare(one, bytes) !== 0);
  for (let length = least; length < most; length += 1) {
    const begin = bytes.subarray(0, length);
    if (!others.some((one) => Buffer.compare(one.subarray(0, length), begin) === 0)) return begin;
  }
  return bytes.subarray(0, most);
}

function receiptNews(named: string, news: News): ReceiptNews {
  if (news.kind === "several") return news;
  const { kind, status, text } = news;
  const reached = isExpected(named, news.reached) ? "" : news.reached;
  return kind === "delivered" ? { kind, reached } : { kind, status, text, reached };
}
