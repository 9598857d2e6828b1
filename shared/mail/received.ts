/** How a message came to us; the words of RFC 3848, and QMTP's. */
export type ReceivedWith = "ESMTP" | "SMTP" | "ESMTPS" | "ESMTPSA" | "ESMTPA" | "QMTP" | "QMTPS" | "local";

export interface Hop {
  /** What the peer calls itself (its HELO name), or `local`. */
  readonly from: string;
  /** The peer's IP address, without brackets. */
  readonly fromAddress?: string;
  /** Our own name. */
  readonly by: string;
  readonly with: ReceivedWith;
  /** Mail id. */
  readonly id: string;
  readonly date: Date;
  /** Minutes east of UTC; default: this machine's zone at that date. */
  readonly zoneMinutes?: number;
}

/** A host name has no more (RFC 1035 §2.3.4); a HELO may bring anything. */
const MAX_WORD = 255;

/**
 * The trace field of one hop (RFC 5321 §4.4), folded, with LF line ends. It ends in `id MAILID; date`,
 * which is how the next node finds the mail id. There is no `for`: it would show Bcc recipients.
 */
export function receivedLine(hop: Hop): string {
  const address = hop.fromAddress === undefined ? "" : ` ([${safeWord(addressLiteral(hop.fromAddress))}])`;
  const date = rfc5322Date(hop.date, hop.zoneMinutes);
  return (
    `Received: from ${safeWord(hop.from)}${address}\n` +
    `  by ${safeWord(hop.by)} with ${safeWord(hop.with)} id ${safeWord(hop.id)}; ${date}\n`
  );
}

/** `Sat, 21 Nov 2026 05:56:12 +0000`, by default in this machine's zone (RFC 5322 §3.3). Throws on an invalid date. */
export function rfc5322Date(date: Date, zoneMinutes: number = -date.getTimezoneOffset()): string {
  if (Number.isNaN(date.getTime())) throw new RangeError("Cannot write a date: it is not valid");
  const zone = Math.trunc(zoneMinutes);
  const shifted = new Date(date.getTime() + zone * 60_000).toUTCString();
  const hours = String(Math.trunc(Math.abs(zone) / 60)).padStart(2, "0");
  const minutes = String(Math.abs(zone) % 60).padStart(2, "0");
  return shifted.replace("GMT", `${zone < 0 ? "-" : "+"}${hours}${minutes}`);
}

/** RFC 5321 §4.1.3; a socket shows IPv4 peers as `::ffff:1.2.3.4` when it listens on both. */
function addressLiteral(address: string): string {
  const bare = address.replace(/^::ffff:(?=[\d.]+$)/i, "");
  return bare.includes(":") ? `IPv6:${bare}` : bare;
}

/** No character that could end the word, the comment or the line (the set of qmail's safeput, and `_`). */
function safeWord(text: string): string {
  const word = text.slice(0, MAX_WORD).replace(/[^A-Za-z0-9.@%+/=:\-[\]_]/g, "?");
  return word === "" ? "unknown" : word;
}
