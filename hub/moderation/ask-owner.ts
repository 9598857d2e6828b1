import { randomBytes } from "node:crypto";
import { derivedMailId } from "#shared/mail/mail-id.js";
import { settlePolicyOf } from "#shared/queue/policies.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import { type ReportContext, scanHeader } from "#shared/queue/report.js";
import type { SettlePolicy } from "#shared/queue/settlement.js";
import { Spool } from "#shared/queue/spool.js";
import type { ModeratedLists } from "./moderated-lists.ts";
import { buildOwnerQuestion } from "./owner-question.ts";

export interface AskContext extends ReportContext {
  readonly lists: ModeratedLists;
  readonly policy: SettlePolicy;
}

/**
 * Asks a list's owner about a held message: a new message through the same front door, durable when this returns. Its sender is
 * empty, so that no bounce of it is taken for an answer. Asked again after a crash it has the same mail id, and is there once.
 *
 * @param time the how-manyth question about this message
 * @returns why nobody could be asked; undefined when somebody was
 */
export async function askOwner(
  context: AskContext,
  open: OpenEntry,
  list: string,
  owner: string,
  time: number,
): Promise<string | undefined> {
  const { head } = open;
  for (const to of new Set([owner, context.postmaster])) {
    const mailId = derivedMailId("approval", String(time), head.id, list, to);
    const outcome = await accepted(context, await questionFor(context, open, list, to, mailId, time), to, mailId);
    context.log("held", { mail: head.id, list, report: mailId, recipient: to, outcome: outcome.kind });
    if (outcome.kind === "delivered") return undefined;
    // The owner does not exist: postmaster can decide, or name another one.
    if (outcome.kind === "deferred") return outcome.text;
  }
  return "neither its owner nor the postmaster takes mail";
}

async function questionFor(
  context: AskContext,
  open: OpenEntry,
  list: string,
  owner: string,
  mailId: string,
  time: number,
): Promise<Uint8Array> {
  const { head, size } = open;
  const subject = (await scanHeader(open)).field("subject");
  return buildOwnerQuestion({
    list,
    owner,
    mailId,
    token: context.lists.token(list, head.id),
    from: `MAILER-DAEMON@${context.host}`,
    host: context.host,
    date: new Date(context.now()),
    until: new Date((head.born + settlePolicyOf(context, head.fields, context.policy).lifetime) * 1000),
    again: time > 1,
    boundary: `qrelay-${randomBytes(12).toString("hex")}`,
    held: {
      sender: head.envelope.sender,
      ...(subject === undefined ? {} : { subject }),
      size,
      beginning: await firstPiece(open),
    },
  });
}

async function firstPiece(open: OpenEntry): Promise<Uint8Array> {
  for await (const piece of open.message()) return piece;
  return new Uint8Array();
}

async function accepted(context: AskContext, question: Uint8Array, to: string, mailId: string) {
  const spool = new Spool(context.partial);
  try {
    await spool.write(question);
    const { outcomes } = await context.accept({
      envelope: { sender: "", recipients: [{ address: to }] },
      spool,
      origin: { relay: true },
      peer: { from: "local", with: "local" },
      mailId,
      once: true,
      refusals: "answer",
    });
    const [outcome] = outcomes;
    return { kind: outcome?.kind ?? "deferred", text: outcome?.text ?? "no answer" };
  } finally {
    await spool.discard();
  }
}
