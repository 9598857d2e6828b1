import type { Db } from "./open.ts";

/** The names of the aliases that offices keep for themselves, as each has told them. */
export interface OfficeNames {
  /** @param name in the form of `addressKey` */
  has(office: string, name: string): boolean;
  /** Sorted. */
  list(office: string): string[];
  /** All that the office has; the others are forgotten. */
  replace(office: string, names: readonly string[]): void;
}

export function officeNamesTable(db: Db): OfficeNames {
  const has = db.prepare<[string, string], unknown>("SELECT 1 FROM office_names WHERE office = ? AND name = ?");
  const list = db.prepare<[string], string>("SELECT name FROM office_names WHERE office = ? ORDER BY name").pluck();
  const clear = db.prepare<[string]>("DELETE FROM office_names WHERE office = ?");
  const add = db.prepare<[string, string]>("INSERT INTO office_names (office, name) VALUES (?, ?)");
  const replace = db.transaction((office: string, names: readonly string[]) => {
    clear.run(office);
    for (const name of names) add.run(office, name);
  });
  return {
    has: (office, name) => has.get(office, name) !== undefined,
    list: (office) => list.all(office),
    replace: (office, names) => void replace.immediate(office, names),
  };
}
