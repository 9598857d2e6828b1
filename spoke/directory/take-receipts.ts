import { decodeReceipts, type Receipt, recipientTag } from "#shared/link/receipts.js";
import { mailIdBeginning, mailIdBytes } from "#shared/mail/mail-id.js";
import { delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { diskTrouble } from "#shared/queue/disk-trouble.js";
import type { News, SentRecipient } from "#shared/queue/trace-record.js";
import type { SpokeDirectory } from "./directory.ts";

/** The queue whose mail headquarters speaks of. */
const OUTBOUND = "outbound";

/**
 * Takes what headquarters says became of this office's mail, all of a batch or nothing. Delivered: noted, durably (also
 * what is of mail that nobody here remembers). Deferred: the disk cannot take it now. Failed: this version cannot read
 * it and never will, so it need not be told again.
 *
 * @param now ms since 1970
 */
export function takeReceipts(directory: SpokeDirectory, content: Uint8Array, now: number): Outcome {
  const read = decodeReceipts(content);
  if ("problem" in read) return failed("5.5.2", read.problem);
  try {
    const noted = directory.transaction(() => read.receipts.filter((receipt) => note(directory, receipt, now)).length);
    return delivered(`${noted} of ${read.receipts.length} receipts noted`);
  } catch (error) {
    return diskTrouble(error);
  }
}

/** Of two that it may mean it means neither: what cannot be told exactly is not told. */
function note({ trace }: SpokeDirectory, receipt: Receipt, now: number): boolean {
  const all = meant(trace, receipt);
  const [first] = all;
  if (all.some((one) => one.mail !== first?.mail || one.recipient !== first.recipient)) return false;
  return all.filter((one) => trace.learn(one, newsOf(receipt), now)).length > 0;
}

function meant(trace: SpokeDirectory["trace"], { mail, recipient }: Receipt): SentRecipient[] {
  return trace
    .beginningWith(mailIdBeginning(mail))
    .filter((mailId) => beginsWith(mailIdBytes(mailId), mail))
    .flatMap((mailId) => trace.sentFrom(OUTBOUND, mailId))
    .filter((sent) => beginsWith(recipientTag(sent.recipient), recipient));
}

function beginsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, beginning.length), beginning) === 0;
}

function newsOf({ at, news }: Receipt): News {
  if (news.kind === "several") return { ...news, at };
  if (news.kind === "delivered") return { ...news, at, status: "", text: "" };
  return { ...news, at };
}
