import { isIP } from "node:net";

/**
 * Mail addresses as they stand in an envelope: unquoted (RFC 5321 quoting is the SMTP
 * adapter's business), split at the last `@`. The empty address is the null sender of a bounce.
 */
export interface Address {
  /** Local part, as written. */
  readonly local: string;
  /** Domain in lower case without a final dot; empty when the address has none. */
  readonly domain: string;
}

/** RFC 5321 §4.5.3.1 limits, in bytes of UTF-8. */
export const MAX_LOCAL = 64;
export const MAX_DOMAIN = 255;
export const MAX_ADDRESS = 254;

export function splitAddress(text: string): Address {
  const at = text.lastIndexOf("@");
  if (at < 0) return { local: text, domain: "" };
  return { local: text.slice(0, at), domain: canonicalDomain(text.slice(at + 1)) };
}

export function joinAddress(local: string, domain: string): string {
  return domain === "" ? local : `${local}@${domain}`;
}

/** Case does not matter in a domain (RFC 5321 §2.4), and a final dot says nothing in mail. */
export function canonicalDomain(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, "");
}

/** The form by which two recipients are the same: lower case, NFC. Our own local parts are case-blind. */
export function addressKey(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/**
 * Why an address may not enter an envelope, or undefined when it may. An address never becomes
 * a header, a path or a command line (P5): control characters, line ends and NUL are refused here.
 * Senders of other systems may exceed the local-part limit (VERP); they are held to 999 bytes,
 * qmail-qmtpd's limit, by `maxLength`.
 */
export function addressProblem(text: string, maxLength = 999): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\x00-\x1f\x7f]/.test(text)) return "an address may not contain control characters";
  if (Buffer.byteLength(text) > maxLength) return `an address may not be longer than ${maxLength} bytes`;
  return undefined;
}

const HOST_LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** A host name of letters, digits and hyphens (RFC 1123 §2.1), or an address literal in brackets. */
export function isDomain(domain: string): boolean {
  const literal = /^\[(?:ipv6:)?([0-9a-f.:]+)\]$/i.exec(domain);
  if (literal !== null) return isIP(literal[1] ?? "") !== 0;
  if (domain.length === 0 || Buffer.byteLength(domain) > MAX_DOMAIN) return false;
  // Before URL sees it: URL drops line ends and cuts off a path, and would call what is left a domain.
  if (!/^[\p{L}\p{M}\p{N}._-]+$/u.test(domain)) return false;
  const ascii = /^[\x20-\x7e]*$/.test(domain) ? domain : domainToAscii(domain);
  return ascii.split(".").every((label) => HOST_LABEL.test(label.toLowerCase()));
}

function domainToAscii(domain: string): string {
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    // Not a name that can be written in ASCII: no label of it will match.
    return "";
  }
}

/** `name@host` as SMTP and headers write it: the local part quoted where RFC 5321 §4.1.2 wants it. */
export function quoteAddress(text: string): string {
  const at = text.lastIndexOf("@");
  const local = at < 0 ? text : text.slice(0, at);
  const rest = at < 0 ? "" : text.slice(at);
  if (local === "" || /^[^\s"(),:;<>@[\\\]]+$/.test(local)) {
    if (!/^\.|\.\.|\.$/.test(local)) return text;
  }
  return `"${local.replace(/(["\\])/g, "\\$1")}"${rest}`;
}

/** The reverse of `quoteAddress`, for the Return-Path that qmail-local writes quoted. */
export function unquoteAddress(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"(@[^@]*)?$/.exec(text);
  if (quoted === null) return text;
  return `${(quoted[1] ?? "").replace(/\\(.)/g, "$1")}${quoted[2] ?? ""}`;
}
