import { canonicalDomain, isDomain } from "#shared/mail/address.js";

export interface SmtpDestination {
  readonly host: string;
  readonly port: number;
}

const SMTP_PORT = 25;
/** A name has at most 127 labels (RFC 1035 §2.3.4: 255 octets): a bound on the look-ups for one recipient. */
const MAX_LABELS = 127;

/** `smtp://HOST[:PORT]`, HOST a name or an address (IPv6 in brackets); undefined when it is something else. */
export function parseDestination(text: string): SmtpDestination | undefined {
  const match = /^smtp:\/\/(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  if (match === null) return undefined;
  const host = (match[1] ?? "").toLowerCase();
  const port = Number(match[2] ?? SMTP_PORT);
  if (port < 1 || port > 65535 || !isDomain(host)) return undefined;
  return { host, port };
}

export function patternProblem(pattern: string): string | undefined {
  if (pattern === "*") return undefined;
  const domain = pattern.startsWith(".") ? pattern.slice(1) : pattern;
  if (isDomain(domain) && !domain.startsWith("[")) return undefined;
  return `the pattern is "${pattern}", wanted a domain, .suffix for all below it, or * for everything`;
}

/** The most exact pattern that has a route: the domain, then ever shorter suffixes, then `*`. */
export function findRoute(
  domain: string,
  look: (pattern: string) => string | undefined,
): { pattern: string; destination: string } | undefined {
  for (const pattern of patternsOf(domain)) {
    const destination = look(pattern);
    if (destination !== undefined) return { pattern, destination };
  }
  return undefined;
}

function patternsOf(domain: string): string[] {
  const name = canonicalDomain(domain);
  const labels = name.split(".").slice(-MAX_LABELS);
  const suffixes = labels.slice(1).map((_, index) => `.${labels.slice(index + 1).join(".")}`);
  return [name, ...suffixes, "*"];
}
