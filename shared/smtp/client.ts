import { Readable } from "node:stream";
import type { Envelope } from "#shared/mail/envelope.js";
import { deferred, failed, type Outcome } from "#shared/mail/outcome.js";
import { type Plan, planTransaction } from "./client-plan.ts";
import { outcomeOfReply } from "./client-reply.ts";
import { openSession, settle } from "./client-session.ts";
import { outcomeOfSetup } from "./client-setup.ts";
import type { Peer } from "./peer.ts";
import type { SmtpTarget } from "./types.ts";

type Message = () => AsyncIterable<Uint8Array>;

/** From MAIL to 354: five minutes each for the first reply and the last, two for DATA, some for the rest. */
const ENVELOPE_MS = 15 * 60_000;

/**
 * Sends one message to one host in one transaction and says what became of each recipient, in the order of the
 * envelope. While it runs nothing changes hands; "delivered" means the host answered 2xx after the final dot. A
 * crash or a cut between the dot and that answer makes a later repeat possible, and the outcome says so.
 * Never throws for what the network or the host does: that is deferred, or failed by an explicit 5xx.
 * `size` is in bytes with LF line ends; every line end leaves as CRLF, dots stuffed.
 */
export async function sendSmtp(
  target: SmtpTarget,
  envelope: Envelope,
  size: number,
  message: Message,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const all = (outcome: Outcome): Outcome[] => envelope.recipients.map(() => outcome);
  let peer: Peer;
  try {
    peer = await openSession(target, signal);
  } catch (error) {
    return all(outcomeOfSetup(target, error));
  }
  try {
    const messageNeedsUtf8 = envelope.smtputf8 === true && !peer.offers("SMTPUTF8") && (await headerHasUtf8(message()));
    const plan = planTransaction(envelope, {
      host: target.host,
      smtputf8: peer.offers("SMTPUTF8"),
      dsn: peer.offers("DSN"),
      messageNeedsUtf8,
    });
    const outcomes = plan.to.length === 0 ? [] : await transact(peer, plan, size, message, signal);
    return plan.places.map((place) => (typeof place === "number" ? (outcomes[place] ?? UNANSWERED) : place));
  } catch (error) {
    return all(deferred("4.3.0", `Cannot read the message: ${String(error)}`));
  } finally {
    // QUIT is a courtesy: not waited for, the message is settled.
    if (!peer.destroyed) peer.quit();
    peer.close();
  }
}

const UNANSWERED = deferred("4.5.0", "No answer for this recipient");

/** The outcome of each address in `plan.to`, read from the replies; what was not answered is deferred with the reason. */
async function transact(
  peer: Peer,
  plan: Plan,
  size: number,
  message: Message,
  signal: AbortSignal,
): Promise<Outcome[]> {
  let started = false;
  let handedOver = false;
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(), ENVELOPE_MS);
  async function* body(): AsyncGenerator<Uint8Array> {
    clearTimeout(timer);
    started = true;
    yield* message();
    handedOver = true;
  }
  peer.extra = plan.extra;
  let trouble: Error | undefined;
  const stream = Readable.from(body(), { objectMode: false });
  try {
    const envelope = { from: plan.from, to: [...plan.to], size, use8BitMime: true };
    await settle(peer, AbortSignal.any([signal, slow.signal]), (done) => peer.send(envelope, stream, done));
  } catch (error) {
    trouble = error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
    // The library leaves the connection in the middle of DATA when the message cannot be read: never end it with a dot.
    if (started && !handedOver) peer.close();
    stream.destroy();
  }
  return plan.to.map((_, place) => outcomeAt(peer, place, handedOver, trouble));
}

function outcomeAt(peer: Peer, place: number, handedOver: boolean, trouble: Error | undefined): Outcome {
  const { mail, rcpt, data, message } = peer.replies;
  const host = peer.host;
  if (mail !== undefined && !mail.startsWith("2")) return outcomeOfReply(host, mail, "MAIL");
  const own = rcpt[place];
  if (own !== undefined && !own.startsWith("2")) return outcomeOfReply(host, own, "RCPT");
  if (message !== undefined && (handedOver || !message.startsWith("2")))
    return outcomeOfReply(host, message, "message");
  if (message !== undefined) return deferred("4.5.0", `${host} answered before the end of the message`, host);
  if (data !== undefined && !/^[23]/.test(data)) return outcomeOfReply(host, data, "DATA");
  return outcomeOfTrouble(host, trouble, handedOver);
}

function outcomeOfTrouble(host: string, trouble: Error | undefined, handedOver: boolean): Outcome {
  const cause = trouble?.cause as { code?: string } | undefined;
  const reason = trouble?.message ?? "no answer";
  if (handedOver) {
    return deferred("4.4.2", `${reason} after the whole message was sent: a duplicate is possible`, host);
  }
  // The library compares SIZE with the limit in the EHLO reply and sends nothing.
  if (cause?.code === "EMESSAGE") return failed("5.3.4", reason, host);
  if (cause?.code === "ESTREAM") return deferred("4.3.0", `Cannot read the message: ${reason}`);
  return deferred("4.4.2", reason, host);
}

/** Reads the header section only. */
async function headerHasUtf8(message: AsyncIterable<Uint8Array>): Promise<boolean> {
  let newline = true;
  for await (const chunk of message) {
    for (const byte of chunk) {
      if (byte > 127) return true;
      if (byte === 10 && newline) return false;
      newline = byte === 10;
    }
  }
  return false;
}
