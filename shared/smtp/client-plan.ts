import { domainToASCII } from "node:url";
import { addressProblem, quoteAddress } from "#shared/mail/address.js";
import type { Envelope, Recipient } from "#shared/mail/envelope.js";
import { failed, type Outcome } from "#shared/mail/outcome.js";
import { isXtext } from "./parameters.ts";
import type { ExtraParameters } from "./peer.ts";

/** What the peer can do, and what the message itself needs. */
export interface PeerAbilities {
  readonly host: string;
  readonly smtputf8: boolean;
  readonly dsn: boolean;
  /** The envelope says SMTPUTF8 and its header section really has bytes above 127. */
  readonly messageNeedsUtf8: boolean;
}

/** One transaction: what to say, and for each recipient of the envelope its place among the RCPTs or its fate already. */
export interface Plan {
  readonly from: string;
  readonly to: readonly string[];
  readonly extra: ExtraParameters;
  readonly places: readonly (number | Outcome)[];
}

/**
 * Who is named to this peer and how. Addresses that SMTP or this peer cannot carry fail alone; all others go in
 * one transaction, each recipient with its own NOTIFY and ORCPT (RFC 3461 §5.2.1).
 */
export function planTransaction(envelope: Envelope, peer: PeerAbilities): Plan {
  const from = writtenForm(envelope.sender, peer);
  const obstacle =
    typeof from === "string" ? (peer.messageNeedsUtf8 && !peer.smtputf8 ? needsUtf8(peer.host) : undefined) : from;
  const to: string[] = [];
  const rcpt: string[] = [];
  const places = envelope.recipients.map((recipient) => {
    const written = obstacle ?? writtenForm(recipient.address, peer);
    if (typeof written !== "string") return written;
    const known = to.indexOf(written);
    if (known >= 0) return known;
    rcpt.push(peer.dsn ? rcptParameters(recipient) : "");
    return to.push(written) - 1;
  });
  const sender = typeof from === "string" ? from : "";
  return { from: sender, to, extra: { mail: mailParameters(envelope, peer, [sender, ...to]), rcpt }, places };
}

function writtenForm(address: string, peer: PeerAbilities): string | Outcome {
  // `<` and `>` are legal in quotes, but no client library dares to send them, and few servers take them.
  if (addressProblem(address) !== undefined || /[<>]/.test(address)) {
    return failed("5.1.3", `The address ${JSON.stringify(address)} cannot be written in SMTP`);
  }
  if (/^[ -~]*$/.test(address)) return quoteAddress(address);
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  if (at >= 0 && /^[ -~]*$/.test(local)) {
    const domain = domainToASCII(address.slice(at + 1));
    if (domain !== "") return quoteAddress(`${local}@${domain}`);
  }
  return peer.smtputf8 ? quoteAddress(address) : needsUtf8(peer.host);
}

function needsUtf8(host: string): Outcome {
  return failed("5.6.7", `${host} does not take SMTPUTF8, which this message or address needs`, host);
}

function mailParameters(envelope: Envelope, peer: PeerAbilities, addresses: readonly string[]): string {
  // The library adds SMTPUTF8 by itself when it sees an address that needs it.
  const named = addresses.some((address) => /[^ -~]/.test(address));
  const utf8 = envelope.smtputf8 === true && peer.smtputf8 && !named ? " SMTPUTF8" : "";
  if (!peer.dsn) return utf8;
  const envid = envelope.envid !== undefined && isXtext(envelope.envid) ? ` ENVID=${envelope.envid}` : "";
  return `${utf8}${envelope.ret === undefined ? "" : ` RET=${envelope.ret}`}${envid}`;
}

/** Values come from files: what is not a parameter value (a space, a line end) would become a command, and is left out. */
function rcptParameters(recipient: Recipient): string {
  const word = /^[!-<>-~\u00a0-\u{10ffff}]+$/u;
  const notify = recipient.notify !== undefined && word.test(recipient.notify) ? ` NOTIFY=${recipient.notify}` : "";
  const orcpt = recipient.orcpt !== undefined && word.test(recipient.orcpt) ? ` ORCPT=${recipient.orcpt}` : "";
  return notify + orcpt;
}
