import { deferred, type Outcome } from "#shared/mail/outcome.js";

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What a failed write means to who sent the mail: always a deferral (P7), never a refusal. */
export function diskTrouble(error: unknown): Outcome {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (FULL.has(code)) return deferred("4.3.1", "the disk is full here, try again later");
  return deferred("4.3.0", "this node cannot store mail at the moment, try again later");
}
