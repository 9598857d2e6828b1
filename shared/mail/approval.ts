import { createHmac, timingSafeEqual } from "node:crypto";
import { base32, isMailId } from "./mail-id.ts";

/**
 * The addresses by which a list's owner decides about a message that is held: `announce-accept-TOKEN@example.org` and
 * `announce-reject-TOKEN@example.org` (pure). The token is the mail id and a code over it and the list: whoever has not got
 * the owner's mail cannot make one, and it is good for that message only.
 */
export type Verdict = "accept" | "reject";

export interface Approval {
  /** Local part of the list's address, lower case. */
  readonly list: string;
  readonly verdict: Verdict;
  readonly mailId: string;
  readonly token: string;
}

/** Characters of a list's name: with verdict and token it must fit into a local part (RFC 5321 §4.5.3.1.1 counts 64). */
export const MAX_MODERATED_NAME = 24;

/** Bytes of the code: 16 characters of base32, and nobody tries 2^80 recipients. */
const CODE_BYTES = 10;

/** What a local part asks for; undefined when it is not of this form. Whether the token is right is another question. */
export function readApproval(local: string): Approval | undefined {
  const [, list, verdict, token] = /^(.+)-(accept|reject)-([a-z2-7]{32})$/s.exec(local.toLowerCase()) ?? [];
  if (list === undefined || token === undefined || (verdict !== "accept" && verdict !== "reject")) return undefined;
  return { list, verdict, mailId: token.slice(0, 16).toUpperCase(), token };
}

/** @param list the list's address */
export function approvalToken(secret: string, list: string, mailId: string): string {
  if (!isMailId(mailId)) throw new TypeError(`Cannot make a token for "${mailId}": it is no mail id`);
  const code = createHmac("sha256", secret).update(`${mailId}\0${list.toLowerCase()}`).digest();
  return `${mailId}${base32(code.subarray(0, CODE_BYTES))}`.toLowerCase();
}

/** In a time that does not tell how much of it was right. */
export function isApprovalToken(secret: string, list: string, token: string): boolean {
  const right = Buffer.from(approvalToken(secret, list, token.slice(0, 16).toUpperCase()));
  const given = Buffer.from(token);
  return given.length === right.length && timingSafeEqual(given, right);
}

export function approvalAddress(list: string, verdict: Verdict, token: string): string {
  const at = list.lastIndexOf("@");
  return `${list.slice(0, at)}-${verdict}-${token}${list.slice(at)}`;
}
