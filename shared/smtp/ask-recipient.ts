import { deferred, delivered, type Outcome } from "#shared/mail/outcome.js";
import { planTransaction } from "./client-plan.ts";
import { outcomeOfReply } from "./client-reply.ts";
import { openSession, SessionError, settle } from "./client-session.ts";
import { outcomeOfSetup } from "./client-setup.ts";
import type { Peer } from "./peer.ts";
import type { SmtpTarget } from "./types.ts";

/**
 * Asks a host whether it would take mail for `address`, with the null sender and no message: "delivered" when it would,
 * "failed" when it refuses that recipient for good, "deferred" when there is no saying. Only a 5xx to RCPT is a no.
 * Never throws for what the network or the host does.
 *
 * @param signal ends the wait, with "deferred"
 */
export async function askRecipient(target: SmtpTarget, address: string, signal: AbortSignal): Promise<Outcome> {
  let peer: Peer;
  try {
    peer = await openSession(target, signal);
  } catch (error) {
    return signal.aborted ? tooSlow(target) : outcomeOfSetup(target, error);
  }
  try {
    const plan = planTransaction(
      { sender: "", recipients: [{ address }] },
      { host: target.host, smtputf8: peer.offers("SMTPUTF8"), dsn: false, messageNeedsUtf8: false },
    );
    const [obstacle] = plan.places;
    if (typeof obstacle === "object") return obstacle;
    const [recipient = ""] = plan.to;
    await settle(peer, signal, (done) => peer.ask(recipient, done));
    return answerOf(target.host, peer);
  } catch (error) {
    if (signal.aborted) return tooSlow(target);
    return deferred("4.4.2", error instanceof SessionError ? error.message : String(error), target.host);
  } finally {
    if (!peer.destroyed) peer.quit();
    peer.close();
  }
}

function answerOf(host: string, { replies }: Peer): Outcome {
  const [answer] = replies.rcpt;
  // About the sender, which is not what was asked.
  if (answer === undefined) return deferred("4.4.0", `${host} takes no bounces: ${replies.mail}`, host);
  return answer.startsWith("25") ? delivered(`${host} takes it`, host) : outcomeOfReply(host, answer, "RCPT");
}

function tooSlow({ host }: SmtpTarget): Outcome {
  return deferred("4.4.1", `${host} did not answer in time`, host);
}
