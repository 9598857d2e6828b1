import type { Database } from "better-sqlite3";
import type { LeavingMailbox } from "#shared/link/people-update.js";

export interface AskedMailbox extends LeavingMailbox {
  /** ms since 1970, when headquarters first said so. */
  readonly since: number;
}

/** Mailboxes that shall follow their owners, until all of each is in the outbound queue. */
export interface LeavingMailboxes {
  list(): AskedMailbox[];
  /** In place of all before; one that was asked for already keeps its time. @param now ms since 1970 */
  replace(all: readonly LeavingMailbox[], now: number): void;
  remove(name: string): void;
}

interface Row {
  name: string;
  recipient: string;
  size_limit: number | null;
  since: number;
}

export function leavingMailboxesTable(db: Pick<Database, "prepare">): LeavingMailboxes {
  const list = db.prepare<[], Row>("SELECT * FROM leaving_mailboxes ORDER BY name");
  const put = db.prepare<[string, string, number | null, number]>(
    `INSERT INTO leaving_mailboxes (name, recipient, size_limit, since) VALUES (?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET recipient = excluded.recipient, size_limit = excluded.size_limit`,
  );
  const remove = db.prepare<[string]>("DELETE FROM leaving_mailboxes WHERE name = ?");
  const table: LeavingMailboxes = {
    list: () =>
      list.all().map(({ name, recipient: to, size_limit: limit, since }) => ({
        ...{ name, to, since },
        ...(limit === null ? {} : { limit }),
      })),
    replace(all, now) {
      const wanted = new Set(all.map(({ name }) => name));
      for (const { name } of table.list()) if (!wanted.has(name)) remove.run(name);
      for (const { name, to, limit } of all) put.run(name, to, limit ?? null, now);
    },
    remove: (name) => void remove.run(name),
  };
  return table;
}
