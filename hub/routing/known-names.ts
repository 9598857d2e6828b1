import { addressKey, addressProblem, canonicalDomain, splitAddress } from "#shared/mail/address.js";
import { findRoute } from "./route-table.ts";

/** A list of the recipients that a route's host has (pure): one `name` or `name@domain` a line; `#` begins a comment line. */
export interface ReadNames {
  /** Lower case, NFC, each once, in order. */
  readonly names: readonly string[];
  /** With the line's number from 1; no more than a screen shows. */
  readonly problems: readonly { readonly line: number; readonly says: string }[];
}

/** More than any organisation has; 40 MB in the database. */
export const MAX_KNOWN_NAMES = 1_000_000;
const MAX_PROBLEMS = 20;

/** @param pattern of the route, in the form of `patternKey` */
export function readKnownNames(text: string, pattern: string): ReadNames {
  const names = new Set<string>();
  const problems: { line: number; says: string }[] = [];
  let line = 0;
  for (const raw of linesOf(text)) {
    line += 1;
    const written = raw.trim();
    if (written === "" || written.startsWith("#")) continue;
    const says = problemOf(written, pattern);
    if (says !== undefined) problems.push({ line, says });
    else names.add(keyOf(written));
    if (names.size > MAX_KNOWN_NAMES) problems.push({ line, says: `more than ${MAX_KNOWN_NAMES} names` });
    if (problems.length >= MAX_PROBLEMS || names.size > MAX_KNOWN_NAMES) break;
  }
  return { names: [...names].sort(), problems };
}

/** One at a time: a hundred megabytes of line ends are no hundred million strings. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    yield text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
  }
}

function problemOf(written: string, pattern: string): string | undefined {
  const { local, domain } = splitAddress(written);
  const shown = JSON.stringify(written.slice(0, 100));
  if (/[\s,;:<>"]/.test(written)) return `${shown} is no name: wanted one name, or name@domain, a line`;
  const problem = addressProblem(written);
  if (problem !== undefined) return `${shown}: ${problem}`;
  if (local === "" || written.endsWith("@")) return `${shown} is no name`;
  if (!written.includes("@")) return undefined;
  const route = { pattern, destination: "mx", accept: true };
  const only = {
    route: (one: string) => (one === pattern ? route : undefined),
    wildcardRoutes: (one: string) => (pattern.includes("*") && pattern.endsWith(`@${one}`) ? [route] : []),
  };
  return findRoute(local, domain, only) === undefined ? `${shown} is not matched by the route ${pattern}` : undefined;
}

function keyOf(written: string): string {
  const { local, domain } = splitAddress(written);
  return written.includes("@") ? `${addressKey(local)}@${canonicalDomain(domain)}` : addressKey(written);
}
