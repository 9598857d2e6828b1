import { addressKey, canonicalDomain, isDomain } from "#shared/mail/address.js";
import { commandProblem } from "#shared/mail/instructions.js";
import type { TlsPolicy } from "#shared/mail/tls-policy.js";
import { templateProblem } from "./recipient-template.ts";

/** Where mail for a pattern goes, as the administrator wrote it (pure). */
export type RouteDestination =
  /** The next host, whatever MX records say. */
  | { readonly kind: "smtp"; readonly host: string; readonly port: number }
  /** MX records decide: qmail's blank prefix in virtualdomains, and blank relay in smtproutes. */
  | { readonly kind: "mx" }
  /** Another address, which is routed in turn. */
  | { readonly kind: "to"; readonly template: string }
  /** A command that gets the message, where programs are allowed. */
  | { readonly kind: "program"; readonly command: string };

/** A route as the directory has it. */
export interface RoutedPattern {
  readonly pattern: string;
  readonly destination: string;
  /** Taken from anybody: what qmail's rcpthosts says of a domain. */
  readonly accept: boolean;
  /** How the connection is encrypted; absent: opportunistic. */
  readonly tls?: TlsPolicy;
  /** Who logs in there. The password is no business of routing's. */
  readonly login?: string;
  /** How it is known whether a recipient is there; absent: not before the mail is handed on. */
  readonly check?: RouteCheck;
}

/** `probe`: the host is asked at RCPT. `list`: the administrator has given a list of names. */
export const ROUTE_CHECKS = ["probe", "list"] as const;
export type RouteCheck = (typeof ROUTE_CHECKS)[number];

export interface RouteLookup {
  /** The route of exactly this pattern. */
  route(pattern: string): RoutedPattern | undefined;
  /** Routes whose local part has a `*`, of this domain. */
  wildcardRoutes(domain: string): readonly RoutedPattern[];
}

const SMTP_PORT = 25;
/** A name has at most 127 labels (RFC 1035 §2.3.4: 255 octets): a bound on the look-ups for one recipient. */
const MAX_LABELS = 127;

/** `smtp://HOST[:PORT]`, HOST a name or an address (IPv6 in brackets); `mx`; `to:TEMPLATE`; `program:COMMAND`. */
export function parseDestination(text: string): RouteDestination | undefined {
  if (text === "mx") return { kind: "mx" };
  if (text.startsWith("to:")) {
    const template = text.slice("to:".length);
    return templateProblem(template) === undefined ? { kind: "to", template } : undefined;
  }
  if (text.startsWith("program:")) {
    const command = text.slice("program:".length).trim();
    return commandProblem(command) === undefined ? { kind: "program", command } : undefined;
  }
  const match = /^smtp:\/\/(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  if (match === null) return undefined;
  const host = (match[1] ?? "").toLowerCase();
  const port = Number(match[2] ?? SMTP_PORT);
  if (port < 1 || port > 65535 || !isDomain(host)) return undefined;
  return { kind: "smtp", host, port };
}

const PATTERN_WANTED =
  "wanted a domain, .suffix for all below it, * for everything, or an address in whose local part one * may begin or end";

export function patternProblem(pattern: string): string | undefined {
  if (pattern === "*") return undefined;
  const at = pattern.lastIndexOf("@");
  const domain = at >= 0 ? pattern.slice(at + 1) : pattern.startsWith(".") ? pattern.slice(1) : pattern;
  const local = at >= 0 ? pattern.slice(0, at) : undefined;
  const isLocal = local === undefined || /^(\*?[^\s*@"\\]+|[^\s*@"\\]+\*)$/.test(local);
  // Nothing is below an address in brackets.
  if (isLocal && isDomain(domain) && !pattern.startsWith(".[")) return undefined;
  return `the pattern is ${JSON.stringify(pattern)}, ${PATTERN_WANTED}`;
}

/** As it is stored and looked up: lower case, NFC. */
export function patternKey(pattern: string): string {
  const at = pattern.lastIndexOf("@");
  return at < 0
    ? canonicalDomain(pattern)
    : `${addressKey(pattern.slice(0, at))}@${canonicalDomain(pattern.slice(at + 1))}`;
}

/** A route, and what stands for the `*` of its local part: all of the local part where there is none. */
export interface FoundRoute extends RoutedPattern {
  readonly rest: string;
}

/** The most exact pattern that has a route: the address, wildcards of it, the domain, ever shorter suffixes, then `*`. */
export function findRoute(local: string, domain: string, look: RouteLookup): FoundRoute | undefined {
  const exact = look.route(`${addressKey(local)}@${canonicalDomain(domain)}`);
  if (exact !== undefined) return { ...exact, rest: local };
  const wildcard = findWildcardRoute(local, domain, look);
  if (wildcard !== undefined) return wildcard;
  for (const pattern of patternsOf(domain)) {
    const found = look.route(pattern);
    if (found !== undefined) return { ...found, rest: local };
  }
  return undefined;
}

/**
 * What becomes of names that nobody has in one of our own domains. Not of mail that only those who may send anywhere can
 * bring, and not by MX records, which name ourselves.
 */
export function fallbackOf(look: RouteLookup, domain: string): RoutedPattern | undefined {
  const route = look.route(canonicalDomain(domain));
  return route?.accept === true && route.destination !== "mx" ? route : undefined;
}

/** Of the patterns whose local part has a `*`, the one that leaves the least open. */
export function findWildcardRoute(local: string, domain: string, look: RouteLookup): FoundRoute | undefined {
  const name = addressKey(local);
  const matching = look
    .wildcardRoutes(canonicalDomain(domain))
    .filter(({ pattern }) => restOf(pattern, name) !== undefined);
  const best = matching.sort((a, b) => b.pattern.length - a.pattern.length || (a.pattern < b.pattern ? -1 : 1))[0];
  if (best === undefined) return undefined;
  const { from, length } = restOf(best.pattern, name) ?? { from: 0, length: 0 };
  return {
    ...best,
    rest: name === local.toLowerCase() ? local.slice(from, from + length) : name.slice(from, from + length),
  };
}

function restOf(pattern: string, name: string): { from: number; length: number } | undefined {
  const local = pattern.slice(0, pattern.lastIndexOf("@"));
  const fixed = local.replace("*", "");
  const length = name.length - fixed.length;
  // The `*` stands for something: `sales-*` is not the plain `sales-`.
  if (length < 1) return undefined;
  if (local.endsWith("*")) return name.startsWith(fixed) ? { from: fixed.length, length } : undefined;
  return name.endsWith(fixed) ? { from: 0, length } : undefined;
}

function patternsOf(domain: string): string[] {
  const name = canonicalDomain(domain);
  const labels = name.split(".").slice(-MAX_LABELS);
  const suffixes = labels.slice(1).map((_, index) => `.${labels.slice(index + 1).join(".")}`);
  return [name, ...suffixes, "*"];
}
