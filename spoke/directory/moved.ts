import type { Database } from "better-sqlite3";

/** Who was here until lately and is answered for elsewhere. */
export interface Moved {
  has(name: string): boolean;
  /** In place of all before. */
  replace(names: readonly string[]): void;
}

export function movedTable(db: Pick<Database, "prepare">): Moved {
  const has = db.prepare<[string], unknown>("SELECT 1 FROM moved WHERE name = ?");
  const clear = db.prepare<[]>("DELETE FROM moved");
  const add = db.prepare<[string]>("INSERT OR IGNORE INTO moved (name) VALUES (?)");
  return {
    has: (name) => has.get(name) !== undefined,
    replace: (names) => {
      clear.run();
      for (const name of names) add.run(name);
    },
  };
}
