import type { Database } from "better-sqlite3";
import { addressKey } from "#shared/mail/address.js";

/** An address of this office that stands for others: `name@host` of the office. */
export interface OfficeAlias {
  /** Local part, lower case, NFC. */
  readonly name: string;
  /** In the administrator's order: full addresses, or bare names (somebody here, another alias, one of the organisation's). */
  readonly targets: readonly string[];
  /** Who is told when one of the targets fails: the envelope sender of what is forwarded. */
  readonly owner?: string;
}

/** Rows only: `save-aliases.ts` is the door that also judges targets and circles. */
export interface OfficeAliases {
  get(name: string): OfficeAlias | undefined;
  /** All, sorted by name. */
  list(): OfficeAlias[];
  /** In the order of their bytes, as headquarters is told them. */
  names(): string[];
  /** Makes or replaces one. @param now ms since 1970 */
  put(alias: OfficeAlias, now: number): void;
  /** False when there was none. */
  remove(name: string): boolean;
  /** Names of the aliases that have one of these targets, spelled as stored. */
  naming(targets: readonly string[]): string[];
}

interface Row {
  name: string;
  owner: string | null;
}

export function aliasesTable(db: Pick<Database, "prepare">): OfficeAliases {
  const get = db.prepare<[string], Row>("SELECT name, owner FROM aliases WHERE name = ?");
  const list = db.prepare<[], Row>("SELECT name, owner FROM aliases ORDER BY name");
  const targetsOf = db
    .prepare<[string], string>("SELECT target FROM alias_targets WHERE alias = ? ORDER BY position")
    .pluck();
  const put = db.prepare<[string, string | null, number, number]>(
    `INSERT INTO aliases (name, owner, created_at, changed_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, changed_at = excluded.changed_at`,
  );
  const clear = db.prepare<[string]>("DELETE FROM alias_targets WHERE alias = ?");
  const add = db.prepare<[string, number, string]>(
    "INSERT INTO alias_targets (alias, position, target) VALUES (?, ?, ?)",
  );
  const remove = db.prepare<[string]>("DELETE FROM aliases WHERE name = ?");
  const naming = db.prepare<[string], string>("SELECT DISTINCT alias FROM alias_targets WHERE target = ?").pluck();
  const read = ({ name, owner }: Row): OfficeAlias => ({
    name,
    targets: targetsOf.all(name),
    ...(owner === null ? {} : { owner }),
  });
  return {
    get: (name) => {
      const row = get.get(addressKey(name));
      return row === undefined ? undefined : read(row);
    },
    list: () => list.all().map(read),
    names: () => list.all().map(({ name }) => name),
    put: ({ name, targets, owner }, now) => {
      put.run(name, owner ?? null, now, now);
      clear.run(name);
      for (const [position, target] of [...new Set(targets)].entries()) add.run(name, position, target);
    },
    remove: (name) => {
      clear.run(addressKey(name));
      return remove.run(addressKey(name)).changes > 0;
    },
    naming: (targets) => [...new Set(targets.flatMap((target) => naming.all(target)))].sort(),
  };
}
