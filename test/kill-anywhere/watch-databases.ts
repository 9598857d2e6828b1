/** In the victim: every committed change of a database below the node's folder counts. */
import { createRequire } from "node:module";
import type Driver from "better-sqlite3";
import { now, ours } from "./count-calls.ts";
import { patch } from "./patch-calls.ts";

/** What was written in the transaction that is open now: it names the commit. */
const written = new WeakMap<object, string>();

/** Inside a transaction nothing is durable yet: the commit is the call, if there was something to commit. */
function sqlLabel(database: Driver.Database, sql: string, readonly: boolean): string | undefined {
  const file = ours(database.name);
  const [verb = ""] = sql.trim().toUpperCase().split(/\s+/);
  if (file === undefined || verb === "ROLLBACK") return undefined;
  if (verb === "BEGIN") written.delete(database);
  if (verb === "COMMIT") return written.has(database) ? `${file}: commit of ${written.get(database)}` : undefined;
  if (verb === "BEGIN" || readonly) return undefined;
  const short = sql
    .trim()
    .split(/[\s(]+/)
    .slice(0, 5)
    .join(" ");
  if (!database.inTransaction) return `${file}: ${short}`;
  written.set(database, short);
  return undefined;
}

const Sqlite = createRequire(import.meta.url)("better-sqlite3") as typeof Driver;
const memory = new Sqlite(":memory:");
const statements = Object.getPrototypeOf(memory.prepare("SELECT 1")) as object;
memory.close();
for (const name of ["run", "get", "all"]) {
  patch(statements, name, now, (_words, self) => {
    const { database, source, readonly } = self as Driver.Statement;
    return sqlLabel(database, source, readonly);
  });
}
patch(Sqlite.prototype as object, "exec", now, ([sql], self) => sqlLabel(self as Driver.Database, String(sql), false));
