import { parseDestination, patternKey, patternProblem, type RoutedPattern } from "#hub/routing/route-table.js";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** Where mail for a pattern goes, instead of people and aliases or the hosts that MX records name. */
export interface Route extends RoutedPattern {
  readonly createdAt: number;
}

export interface Routes {
  get(pattern: string): Route | undefined;
  list(): Route[];
  /** Those of a domain that have a `*` in their local part. */
  wildcards(domain: string): Route[];
  /**
   * Makes or replaces the route; a route to another address is always taken from anybody. Throws `Refusal` when pattern
   * or destination cannot be used.
   */
  set(pattern: string, destination: string, accept?: boolean): Route;
  remove(pattern: string): void;
}

interface Row {
  pattern: string;
  destination: string;
  accept: number;
  created_at: number;
}

export function routesTable(db: Db, now: () => number): Routes {
  const get = db.prepare<[string], Row>("SELECT * FROM routes WHERE pattern = ?");
  const list = db.prepare<[], Row>("SELECT * FROM routes ORDER BY pattern");
  const wildcards = db.prepare<[string], Row>(
    "SELECT * FROM routes WHERE substr(pattern, instr(pattern, '@') + 1) = ? AND pattern GLOB '*[*]*@*'",
  );
  const put = db.prepare<[string, string, number, number]>(
    `INSERT INTO routes (pattern, destination, accept, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (pattern) DO UPDATE SET destination = excluded.destination, accept = excluded.accept`,
  );
  const remove = db.prepare<[string]>("DELETE FROM routes WHERE pattern = ?");
  const ours = db.prepare<[string, string], unknown>(
    "SELECT 1 FROM domains WHERE name = ? UNION SELECT 1 FROM offices WHERE host = ?",
  );

  const routes: Routes = {
    get: (pattern) => fromRow(get.get(pattern)),
    list: () => list.all().map(routeOf),
    wildcards: (domain) => wildcards.all(domain).map(routeOf),
    set(given, destination, accept = false) {
      const pattern = patternKey(given);
      const problem = patternProblem(pattern);
      if (problem !== undefined) refuse("bad", `Cannot set the route: ${problem}`);
      const parsed = parseDestination(destination);
      if (parsed === undefined) {
        const wanted =
          "wanted smtp://HOST[:PORT], mx, to:ADDRESS with {LOCAL}, {HOST}, {EXT} or {DEFAULT} in it, or program:COMMAND";
        return refuse("bad", `Cannot set the route for ${pattern}: the destination is "${destination}", ${wanted}`);
      }
      if (ours.get(pattern, pattern) !== undefined) {
        refuse("conflict", `Cannot set a route for ${pattern}: it is our own; its mail goes by people and aliases`);
      }
      put.run(pattern, destination, accept || parsed.kind === "to" ? 1 : 0, now());
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
  const { pattern, destination, accept, created_at: createdAt } = row;
  return { pattern, destination, accept: accept === 1, createdAt };
}
