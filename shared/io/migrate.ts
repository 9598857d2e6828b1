import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "better-sqlite3";

/** What a database must be able to do to be migrated. */
type Migratable = Pick<Database, "exec" | "pragma" | "transaction">;

const MIGRATION = /^(\d{3})-[a-z0-9-]+\.sql$/;

/**
 * Brings a database to the newest shape that `folder` knows. The files `NNN-*.sql` run in order; the
 * number of the last one done stands in `user_version`. Each file and its number are one transaction:
 * a crash leaves the old shape or the new one. Two processes may do this at once.
 *
 * `what` names the database in messages. Throws when it was written by a newer qrelay: an old one
 * that writes into it would lose what it does not know.
 */
export function migrate(db: Migratable, folder: string, what: string): void {
  const steps = listSteps(folder);
  const newest = steps.at(-1)?.version ?? 0;
  if (version(db) > newest) {
    throw new Error(
      `Cannot open the ${what}: it has shape ${version(db)}, this qrelay knows shapes up to ${newest}; install the newer qrelay again`,
    );
  }
  for (const step of steps) runOnce(db, step.version, readFileSync(join(folder, step.file), "utf8"));
}

function listSteps(folder: string): { version: number; file: string }[] {
  const steps = readdirSync(folder)
    .map((file) => ({ file, version: Number(MIGRATION.exec(file)?.[1]) }))
    .filter((step) => step.version > 0)
    .sort((a, b) => a.version - b.version);
  steps.forEach((step, index) => {
    if (step.version !== index + 1)
      throw new Error(`Migration ${step.file} in ${folder} should be number ${index + 1}`);
  });
  return steps;
}

/** The version is read again under the write lock: another process may have been first. */
function runOnce(db: Migratable, wanted: number, sql: string): void {
  if (version(db) >= wanted) return;
  const step = db.transaction(() => {
    if (version(db) >= wanted) return;
    db.exec(sql);
    db.pragma(`user_version = ${wanted}`);
  });
  step.immediate();
}

function version(db: Migratable): number {
  return Number(db.pragma("user_version", { simple: true }));
}
