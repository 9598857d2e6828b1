import { parseDestination, patternProblem } from "#hub/routing/route-table.js";
import { canonicalDomain } from "#shared/mail/address.js";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** Where mail for a domain that is not ours goes instead of the hosts its MX records name. */
export interface Route {
  /** A domain, `.suffix` for everything below it, or `*` for everything (a smart host). */
  readonly pattern: string;
  /** `smtp://HOST[:PORT]`. */
  readonly destination: string;
  readonly createdAt: number;
}

export interface Routes {
  get(pattern: string): Route | undefined;
  list(): Route[];
  /** Makes or replaces the route. Throws `Refusal` when pattern or destination cannot be used. */
  set(pattern: string, destination: string): Route;
  remove(pattern: string): void;
}

interface Row {
  pattern: string;
  destination: string;
  created_at: number;
}

export function routesTable(db: Db, now: () => number): Routes {
  const get = db.prepare<[string], Row>("SELECT * FROM routes WHERE pattern = ?");
  const list = db.prepare<[], Row>("SELECT * FROM routes ORDER BY pattern");
  const put = db.prepare<[string, string, number]>(
    "INSERT INTO routes (pattern, destination, created_at) VALUES (?, ?, ?) ON CONFLICT (pattern) DO UPDATE SET destination = excluded.destination",
  );
  const remove = db.prepare<[string]>("DELETE FROM routes WHERE pattern = ?");
  const ours = db.prepare<[string, string], unknown>(
    "SELECT 1 FROM domains WHERE name = ? UNION SELECT 1 FROM offices WHERE host = ?",
  );

  const routes: Routes = {
    get: (pattern) => fromRow(get.get(canonicalDomain(pattern))),
    list: () => list.all().map(routeOf),
    set(given, destination) {
      const pattern = canonicalDomain(given);
      const problem = patternProblem(pattern);
      if (problem !== undefined) refuse("bad", `Cannot set the route: ${problem}`);
      if (parseDestination(destination) === undefined) {
        refuse(
          "bad",
          `Cannot set the route for ${pattern}: the destination is "${destination}", wanted smtp://HOST or smtp://HOST:PORT`,
        );
      }
      if (ours.get(pattern, pattern) !== undefined) {
        refuse("conflict", `Cannot set a route for ${pattern}: it is our own; its mail goes by people and aliases`);
      }
      put.run(pattern, destination, now());
      return routes.get(pattern) ?? refuse("unknown", `Cannot set the route for ${pattern}`);
    },
    remove(pattern) {
      const changes = remove.run(canonicalDomain(pattern)).changes;
      if (changes === 0) refuse("unknown", `Cannot remove the route: there is none for ${pattern}`);
    },
  };
  return routes;
}

function fromRow(row: Row | undefined): Route | undefined {
  return row === undefined ? undefined : routeOf(row);
}

function routeOf(row: Row): Route {
  return { pattern: row.pattern, destination: row.destination, createdAt: row.created_at };
}
