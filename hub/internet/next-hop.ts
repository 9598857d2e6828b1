import type { RouteSecrets } from "#hub/directory/routes.js";
import type { RouteDestination, RoutedPattern, RouteLookup } from "#hub/routing/route-table.js";
import type { SmtpTarget } from "#shared/smtp/types.js";

/** What it takes to call the hosts that routes name. */
export interface HopContext {
  /** Our name in EHLO. */
  readonly host: string;
  readonly routes: RouteLookup;
  readonly secrets: (route: RoutedPattern) => RouteSecrets;
}

/** Whom to call, and how; undefined where the route was changed a moment ago, and the next try finds the new one. */
export function smtpTarget(
  { host: helo, secrets }: HopContext,
  route: RoutedPattern,
  { host, port }: RouteDestination & { kind: "smtp" },
): SmtpTarget | undefined {
  const { ca, password } = secrets(route);
  if ((route.login === undefined) !== (password === undefined)) return undefined;
  return {
    ...{ host: unbracket(host), port, helo, label: `route ${route.pattern}` },
    ...(route.tls === undefined ? {} : { tls: route.tls }),
    ...(ca === undefined ? {} : { ca }),
    ...(route.login === undefined || password === undefined ? {} : { auth: { user: route.login, pass: password } }),
  };
}

function unbracket(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
