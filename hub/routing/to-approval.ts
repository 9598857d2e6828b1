import { approvalAddress, readApproval } from "#shared/mail/approval.js";
import { isBounceSender } from "#shared/mail/sender-after.js";
import { type Found, refused, to } from "./decision.ts";
import { chooseAtHome, type OwnName } from "./home-choice.ts";
import { note, type Walk } from "./walk.ts";

/**
 * The owner's word about a message that is held. Asked before anything else of that name: a catch-all must not get what a
 * stranger has invented. undefined: the name is nothing of the kind.
 */
export function toApproval(walk: Walk, own: OwnName): Found | undefined {
  const approval = readApproval(own.name);
  if (approval === undefined) return undefined;
  const choice = chooseAtHome(walk.view, { name: approval.list, local: approval.list, domain: own.domain });
  if (choice?.kind !== "alias" || choice.key.startsWith("@")) return undefined;
  const list = `${approval.list}@${own.domain}`;
  const { verdict, mailId, token } = approval;
  const exact = `${own.name}@${own.domain}`;
  if (!walk.view.approves(list, token)) {
    note(walk, "approval", choice.key, "the token is not one of this list's");
    return refused(exact, "5.1.1", `no such person: ${exact}`);
  }
  if (walk.sender !== undefined && isBounceSender(walk.sender)) {
    note(walk, "approval", choice.key, "a bounce decides nothing");
    return refused(exact, "5.7.1", "a bounce decides nothing about a message");
  }
  note(walk, "approval", choice.key, `the word about ${mailId}: ${verdict}`);
  return to({ kind: "held", name: choice.key, recipient: approvalAddress(list, verdict, token) });
}
