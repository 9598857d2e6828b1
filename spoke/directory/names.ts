import type { Database } from "better-sqlite3";
import type { KnownName } from "#shared/link/names-update.js";

/** The hub's list of the names that exist in the organisation. */
export interface Names {
  get(name: string): KnownName | undefined;
  count(): number;
  /** In the order of `compareNames`. */
  all(): Iterable<KnownName>;
  put(name: KnownName): void;
  remove(name: string): void;
  clear(): void;
}

interface Row {
  name: string;
  full_name: string | null;
  office: string | null;
}

export function namesTable(db: Pick<Database, "prepare">): Names {
  const one = db.prepare<[string], Row>("SELECT name, full_name, office FROM names WHERE name = ?");
  // SQLite compares text byte by byte, in UTF-8.
  const all = db.prepare<[], Row>("SELECT name, full_name, office FROM names ORDER BY name");
  const count = db.prepare<[], number>("SELECT count(*) FROM names").pluck();
  const put = db.prepare<[string, string | null, string | null]>(
    "INSERT OR REPLACE INTO names (name, full_name, office) VALUES (?, ?, ?)",
  );
  const remove = db.prepare<[string]>("DELETE FROM names WHERE name = ?");
  const clear = db.prepare<[]>("DELETE FROM names");
  return {
    get: (name) => {
      const row = one.get(name);
      return row === undefined ? undefined : toName(row);
    },
    count: () => count.get() ?? 0,
    *all() {
      for (const row of all.iterate()) yield toName(row);
    },
    put: ({ name, fullName, office }) => void put.run(name, fullName ?? null, office ?? null),
    remove: (name) => void remove.run(name),
    clear: () => void clear.run(),
  };
}

function toName({ name, full_name: fullName, office }: Row): KnownName {
  return { name, ...(fullName === null ? {} : { fullName }), ...(office === null ? {} : { office }) };
}
