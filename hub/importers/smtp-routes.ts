import { isIPv4 } from "node:net";
import { parseDestination, patternProblem } from "#hub/routing/route-table.js";
import { canonicalDomain } from "#shared/mail/address.js";
import type { Pair } from "#shared/qmail/control-files.js";
import { bad, type Line, type Problem, place, told } from "#shared/qmail/lines.js";

/** One line of `control/smtproutes` in the directory's terms. */
export interface SmtpRoute extends Line {
  readonly pattern: string;
  readonly destination: string;
}

export function smtpRouteOf(pair: Pair): SmtpRoute | Problem {
  const pattern = pair.key === "" ? "*" : canonicalDomain(pair.key);
  if (/^\[[0-9.]+\]$/.test(pattern)) {
    return told(pair, "a route for an address literal, which no pattern here can name", "use a route for *");
  }
  const wrong = patternProblem(pattern);
  if (wrong !== undefined) return bad(pair, wrong, "write PATTERN:HOST or PATTERN:HOST:PORT");
  // An empty relay: MX records decide, though a wider pattern says otherwise.
  if (pair.value === "") return { ...place(pair), pattern, destination: "mx" };
  const destination = destinationOf(pair.value);
  if (destination === undefined) {
    return bad(
      pair,
      `"${pair.value}" is no HOST or HOST:PORT`,
      "write a host name or an address, and a port up to 65535",
    );
  }
  return { ...place(pair), pattern, destination };
}

/** qmail writes an address in brackets or bare; a route here writes IPv4 bare. */
function destinationOf(relay: string): string | undefined {
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(relay) ?? [];
  const literal = /^\[(.*)\]$/.exec(host)?.[1];
  const bare = literal !== undefined && isIPv4(literal) ? literal : host;
  // Four numbers that are no address would be taken for a host name, and asked of the DNS for ever.
  if (/^[0-9.]+$/.test(bare) && !isIPv4(bare)) return undefined;
  const destination = `smtp://${bare}${port === undefined || port === "" ? "" : `:${port}`}`;
  return parseDestination(destination) === undefined ? undefined : destination;
}
