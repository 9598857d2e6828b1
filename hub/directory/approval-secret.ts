import { randomBytes } from "node:crypto";
import { approvalToken, isApprovalToken } from "#shared/mail/approval.js";
import type { Directory } from "./directory.ts";

/** What makes the tokens for held messages this hub's own. With another one, what waits can only be decided by command. */
const KEY = "approval-secret";

/** Before the first message can be held. */
export function makeApprovalSecret({ settings }: Directory): void {
  if (settings.get(KEY) === undefined) settings.set(KEY, randomBytes(32).toString("base64url"));
}

/** @param list the list's address */
export function tokenFor(directory: Directory, list: string, mailId: string): string {
  makeApprovalSecret(directory);
  return approvalToken(directory.settings.get(KEY) ?? "", list, mailId);
}

export function isApproval({ settings }: Directory, list: string, token: string): boolean {
  const secret = settings.get(KEY);
  return secret !== undefined && isApprovalToken(secret, list, token);
}
