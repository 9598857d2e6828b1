import { POSTERS, type Posters } from "#hub/routing/posting.js";
import { addressKey, splitAddress } from "#shared/mail/address.js";
import { aliasNameProblem } from "./names.ts";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** An address that stands for others. Times are milliseconds since 1970. */
export interface Alias {
  /** `user` (in every own domain), `user@host` (in that one, before `user`; also of a domain with its own people) or `@host` (what nobody else there takes); lower case, NFC. */
  readonly name: string;
  /** Full addresses, or bare names in the organisation's domain, in the administrator's order. */
  readonly targets: readonly string[];
  /** Who is told when one of the targets fails: the envelope sender of what is forwarded. */
  readonly owner?: string;
  /** Who may write to it; absent: anybody. */
  readonly post?: Posters;
  /** What others write is held for the owner. */
  readonly moderate?: true;
  readonly createdAt: number;
  readonly changedAt: number;
}

export interface NewAlias {
  readonly name: string;
  readonly targets: readonly string[];
  readonly owner?: string;
  readonly post?: Posters;
  readonly moderate?: true;
}

/** Rows only: `save-aliases.ts` is the door that also judges targets and cycles. */
export interface Aliases {
  get(name: string): Alias | undefined;
  targets(name: string): readonly string[] | undefined;
  /** Asked for every recipient, most of whom are people: asking for targets that are not there costs five times as much. */
  has(name: string): boolean;
  /** Owner and who may write to it, without the targets. */
  asList(name: string): ListPart | undefined;
  list(): Alias[];
  /** Makes or replaces one. Throws `Refusal` for a name that is none or is a person's. */
  put(alias: NewAlias): Alias;
  remove(name: string): Alias;
  /** Names of the aliases that have one of these targets, spelled as stored. */
  naming(targets: readonly string[]): string[];
}

type ListPart = Pick<Alias, "owner" | "post" | "moderate">;

interface Row {
  name: string;
  owner: string | null;
  post: string | null;
  moderate: number;
  created_at: number;
  changed_at: number;
}

export function aliasesTable(db: Db, now: () => number): Aliases {
  const get = db.prepare<[string], Row>("SELECT * FROM aliases WHERE name = ?");
  const list = db.prepare<[], Row>("SELECT * FROM aliases ORDER BY name");
  const exists = db.prepare<[string], { name: string }>("SELECT name FROM aliases WHERE name = ?");
  // Put in order here: SQLite takes three times as long when it is asked to, for rows that its key has in order.
  const targetRows = db
    .prepare<[string], [number, string]>("SELECT position, target FROM alias_targets WHERE alias = ?")
    .raw();
  const targetsOf = (name: string): string[] =>
    targetRows
      .all(name)
      .sort(([one], [two]) => one - two)
      .map(([, target]) => target);
  const asList = db.prepare<[string], Pick<Row, keyof ListPart>>(
    "SELECT owner, post, moderate FROM aliases WHERE name = ?",
  );
  const put = db.prepare<[string, string | null, string | null, number, number, number], Row>(
    `INSERT INTO aliases (name, owner, post, moderate, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET
       owner = excluded.owner, post = excluded.post, moderate = excluded.moderate, changed_at = excluded.changed_at
     RETURNING *`,
  );
  const clear = db.prepare<[string]>("DELETE FROM alias_targets WHERE alias = ?");
  const addTarget = db.prepare<[string, number, string]>(
    "INSERT INTO alias_targets (alias, position, target) VALUES (?, ?, ?)",
  );
  const remove = db.prepare<[string]>("DELETE FROM aliases WHERE name = ?");
  const naming = db.prepare<[string], { alias: string }>(
    "SELECT DISTINCT alias FROM alias_targets WHERE target = ? ORDER BY alias",
  );
  const personOf = db.prepare<[string, string], { office: string }>(
    "SELECT office FROM people WHERE name = ? AND domain = ?",
  );
  const read = (row: Row, targets: readonly string[] = targetsOf(row.name)): Alias => ({
    name: row.name,
    targets,
    ...listOf(row),
    createdAt: row.created_at,
    changedAt: row.changed_at,
  });
  // Made once: the driver builds four functions for each, and an import has a million.
  const write = db.transaction((name: string, alias: NewAlias, targets: readonly string[]): Alias => {
    const row = put.get(name, alias.owner ?? null, alias.post ?? null, alias.moderate ? 1 : 0, now(), now());
    clear.run(name);
    for (const [position, target] of targets.entries()) addTarget.run(name, position, target);
    return row === undefined ? refuse("unknown", `Cannot set the alias ${name}`) : read(row, targets);
  });
  const known = (name: string): Alias => aliases.get(name) ?? refuse("unknown", `There is no alias "${name}"`);

  const aliases: Aliases = {
    get(name) {
      const row = get.get(addressKey(name));
      return row === undefined ? undefined : read(row);
    },
    targets(name) {
      const targets = targetsOf(addressKey(name));
      return targets.length === 0 ? undefined : targets;
    },
    has: (name) => exists.get(addressKey(name)) !== undefined,
    asList(name) {
      const row = asList.get(addressKey(name));
      return row && listOf(row);
    },
    list: () => list.all().map((row) => read(row)),
    put(alias) {
      const name = addressKey(alias.name);
      const problem = aliasNameProblem(name);
      if (problem !== undefined) refuse("bad", `Cannot set the alias: ${problem}`);
      if (alias.targets.length === 0) refuse("bad", `Cannot set the alias ${name}: it has no target`);
      const { local, domain } = splitAddress(name);
      const person = personOf.get(local, domain);
      if (person !== undefined) {
        refuse("conflict", `Cannot set the alias ${name}: there is a person of that name, posted at ${person.office}`);
      }
      return write.immediate(name, alias, [...new Set(alias.targets)]);
    },
    remove(name) {
      const alias = known(name);
      remove.run(alias.name);
      return alias;
    },
    naming: (targets) => [...new Set(targets.flatMap((target) => naming.all(target).map((row) => row.alias)))].sort(),
  };
  return aliases;
}

function listOf({ owner, post: stored, moderate }: Pick<Row, keyof ListPart>): ListPart {
  const post = POSTERS.find((one) => one === stored);
  return {
    ...(owner === null ? {} : { owner }),
    ...(post === undefined ? {} : { post }),
    ...(moderate === 1 ? { moderate: true } : {}),
  };
}
