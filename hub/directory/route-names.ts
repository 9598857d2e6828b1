import type { Db } from "./open.ts";

/** The recipients that routes' hosts have, as the administrator listed them: `name` or `name@domain`, lower case, NFC. */
export interface RouteNames {
  /** Whether the route's list has one of these. */
  has(pattern: string, names: readonly string[]): boolean;
  count(pattern: string): number;
  /** The list as a whole; an empty one takes it away. In a transaction; quickest in the order of names. */
  replace(pattern: string, names: readonly string[]): void;
}

export function routeNames(db: Db): RouteNames {
  const has = db.prepare<[string, string], unknown>("SELECT 1 FROM route_names WHERE pattern = ? AND name = ?");
  const count = db.prepare<[string], number>("SELECT count(*) FROM route_names WHERE pattern = ?").pluck();
  const all = db.prepare<[string], string>("SELECT name FROM route_names WHERE pattern = ?").pluck();
  const remove = db.prepare<[string, string]>("DELETE FROM route_names WHERE pattern = ? AND name = ?");
  const add = db.prepare<[string, string]>("INSERT OR IGNORE INTO route_names (pattern, name) VALUES (?, ?)");
  return {
    has: (pattern, names) => names.some((name) => has.get(pattern, name) !== undefined),
    count: (pattern) => count.get(pattern) ?? 0,
    replace(pattern, names) {
      // Only the difference is written: a list of a million is exported anew each night, and the daemon waits meanwhile.
      const old = new Set(all.all(pattern));
      for (const name of names) if (!old.delete(name)) add.run(pattern, name);
      for (const name of old) remove.run(pattern, name);
    },
  };
}
