import { patternKey, ROUTE_CHECKS, type RouteCheck, type RoutedPattern } from "#hub/routing/route-table.js";
import { TLS_POLICIES, type TlsPolicy } from "#shared/mail/tls-policy.js";
import { checkedRoute } from "./checked-route.ts";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** Where mail for a pattern goes, instead of people and aliases or the hosts that MX records name. */
export interface Route extends RoutedPattern {
  readonly createdAt: number;
}

/** What a route says beside its destination. */
export interface RouteOptions {
  /** Absent: opportunistic. */
  readonly tls?: TlsPolicy;
  /** PEM: authorities that `verify` trusts beside the system's. */
  readonly ca?: string;
  readonly login?: string;
  /** Of `login`. */
  readonly password?: string;
  readonly check?: RouteCheck;
}

/** What a connection needs and nobody is shown. */
export type RouteSecrets = Pick<RouteOptions, "ca" | "password">;

export interface Routes {
  get(pattern: string): Route | undefined;
  list(): Route[];
  /** Those of a domain that have a `*` in their local part. */
  wildcards(domain: string): Route[];
  /** None for a route that has changed in between: a password never goes to another host than it was given for. */
  secrets(route: RoutedPattern): RouteSecrets;
  /**
   * Makes or replaces the route, as a whole; a route to another address is always taken from anybody. Throws `Refusal` when
   * something of it cannot be used.
   */
  set(pattern: string, destination: string, accept?: boolean, options?: RouteOptions): Route;
  remove(pattern: string): void;
}

interface Row {
  pattern: string;
  destination: string;
  accept: number;
  created_at: number;
  tls: string | null;
  login: string | null;
  checked: string | null;
}

export function routesTable(db: Db, now: () => number): Routes {
  const columns = "pattern, destination, accept, created_at, tls, login, checked";
  const get = db.prepare<[string], Row>(`SELECT ${columns} FROM routes WHERE pattern = ?`);
  const list = db.prepare<[], Row>(`SELECT ${columns} FROM routes ORDER BY pattern`);
  const wildcards = db.prepare<[string], Row>(
    `SELECT ${columns} FROM routes WHERE substr(pattern, instr(pattern, '@') + 1) = ? AND pattern GLOB '*[*]*@*'`,
  );
  const secrets = db.prepare<(string | null)[], { ca: string | null; password: string | null }>(
    "SELECT ca, password FROM routes WHERE pattern = ? AND destination = ? AND tls IS ? AND login IS ?",
  );
  const put = db.prepare<(string | number | null)[]>(
    `INSERT INTO routes (${columns}, ca, password) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (pattern) DO UPDATE SET destination = excluded.destination, accept = excluded.accept, tls = excluded.tls,
       login = excluded.login, checked = excluded.checked, ca = excluded.ca, password = excluded.password`,
  );
  const remove = db.prepare<[string]>("DELETE FROM routes WHERE pattern = ?");
  const isOffice = db.prepare<[string], unknown>("SELECT 1 FROM offices WHERE host = ?");
  const isDomain = db.prepare<[string], unknown>("SELECT 1 FROM domains WHERE name = ?");

  const own = (pattern: string): "office" | "domain" | undefined =>
    isOffice.get(pattern) !== undefined ? "office" : isDomain.get(pattern) !== undefined ? "domain" : undefined;

  const routes: Routes = {
    get: (pattern) => fromRow(get.get(pattern)),
    list: () => list.all().map(routeOf),
    wildcards: (domain) => wildcards.all(domain).map(routeOf),
    secrets({ pattern, destination, tls, login }) {
      const row = secrets.get(pattern, destination, tls ?? null, login ?? null);
      return {
        ...(row?.ca == null ? {} : { ca: row.ca }),
        ...(row?.password == null ? {} : { password: row.password }),
      };
    },
    set(given, destination, asked = false, options = {}) {
      const pattern = patternKey(given);
      const route = checkedRoute({ pattern, destination, accept: asked, ...options }, own(pattern));
      const { accept, tls, login, check, ca, password } = route;
      put.run(
        ...[pattern, destination, accept ? 1 : 0, now()],
        ...[tls, login, check, ca, password].map((value) => value ?? null),
      );
      return routes.get(pattern) ?? refuse("unknown", `Cannot set the route for ${pattern}`);
    },
    remove(pattern) {
      const changes = remove.run(patternKey(pattern)).changes;
      if (changes === 0) refuse("unknown", `Cannot remove the route: there is none for ${pattern}`);
    },
  };
  return routes;
}

function fromRow(row: Row | undefined): Route | undefined {
  return row === undefined ? undefined : routeOf(row);
}

function routeOf(row: Row): Route {
  const { pattern, destination, accept, created_at: createdAt, login } = row;
  const tls = TLS_POLICIES.find((one) => one === row.tls);
  const check = ROUTE_CHECKS.find((one) => one === row.checked);
  return {
    ...{ pattern, destination, accept: accept === 1, createdAt },
    ...(tls === undefined ? {} : { tls }),
    ...(login === null ? {} : { login }),
    ...(check === undefined ? {} : { check }),
  };
}
