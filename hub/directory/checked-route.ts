import { parseDestination, patternProblem, type RouteDestination } from "#hub/routing/route-table.js";
import { alwaysEncrypts } from "#shared/mail/tls-policy.js";
import { refuse } from "./refusal.ts";
import type { RouteOptions } from "./routes.ts";

interface AskedRoute extends RouteOptions {
  readonly pattern: string;
  readonly destination: string;
  readonly accept: boolean;
}

/**
 * A route as it is stored: what is meant though it was not said is filled in. Throws `Refusal` when something of it cannot be
 * used.
 *
 * @param own what the pattern is of ours, if it is
 */
export function checkedRoute(route: AskedRoute, own: "office" | "domain" | undefined): AskedRoute {
  const { pattern, destination, tls, login } = route;
  const problem = patternProblem(pattern);
  if (problem !== undefined) refuse("bad", `Cannot set the route: ${problem}`);
  const parsed = parseDestination(destination);
  if (parsed === undefined) {
    const wanted =
      "wanted smtp://HOST[:PORT], mx, to:ADDRESS with {LOCAL}, {HOST}, {EXT} or {DEFAULT} in it, or program:COMMAND";
    return refuse("bad", `Cannot set the route for ${pattern}: the destination is "${destination}", ${wanted}`);
  }
  const accept = route.accept || parsed.kind === "to";
  const ours = own === undefined ? undefined : ownProblem(own, parsed, accept);
  if (ours !== undefined)
    refuse("conflict", `Cannot set a route for ${pattern}: it is our own; its mail goes by people and aliases${ours}`);
  const wrong = optionsProblem(parsed, { ...route, accept });
  if (wrong !== undefined) refuse("bad", `Cannot set the route for ${pattern}: ${wrong}`);
  const policy = tls === "opportunistic" ? undefined : tls;
  // A password in plain text is nobody's wish.
  const { tls: _said, ...rest } = route;
  const meant = policy ?? (login === undefined ? undefined : "require");
  return { ...rest, accept, ...(meant === undefined ? {} : { tls: meant }) };
}

/** One of our own domains may have a route, for the names that nobody has here. */
function ownProblem(own: "office" | "domain", { kind }: RouteDestination, accept: boolean): string | undefined {
  if (own === "office") return "";
  if (kind === "mx") return ", and its MX records name this hub";
  return accept ? undefined : "; say --accept if the names that nobody has here shall go by that route";
}

/** SASL's PLAIN has user and password in one line of 12,288 bytes, in base64. */
const MAX_SECRET = 1000;

function optionsProblem(
  { kind }: RouteDestination,
  { accept, tls, ca, login, password, check }: AskedRoute,
): string | undefined {
  if (kind !== "smtp" && (tls ?? ca ?? login) !== undefined)
    return "only a host can be called with TLS or a login: the destination must be smtp://HOST";
  if (kind !== "smtp" && check === "probe") return "only a host can be asked: the destination must be smtp://HOST";
  if (check !== undefined && !accept)
    return "a check is for mail that is taken from anybody: say --accept, or leave the check out";
  if (ca !== undefined && tls !== "verify") return "an authority is asked for with --tls verify only";
  if ((login === undefined) !== (password === undefined)) return "a login and its password come together";
  if (login !== undefined && tls !== undefined && tls !== "opportunistic" && !alwaysEncrypts(tls))
    return `a password is never sent without TLS, and the policy is "${tls}": say --tls require, verify or implicit`;
  return [login ?? "x", password ?? "x"].every(isSecret)
    ? undefined
    : `login and password have 1 to ${MAX_SECRET} bytes, no line end and no NUL`;
}

function isSecret(text: string): boolean {
  return text !== "" && Buffer.byteLength(text) <= MAX_SECRET && !/[\r\n\0]/.test(text);
}
