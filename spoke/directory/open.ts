/** The only file of the spoke that opens the SQL driver. No mail is in the database: deleting it loses none. */
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { migrate } from "#shared/io/migrate.js";

export interface OpenOptions {
  /**
   * Make the file; it must not exist. Without this an absent file is refused: with an empty directory
   * the office would answer "no such person" to everybody's mail.
   */
  readonly create?: boolean;
}

const MIGRATIONS = join(import.meta.dirname, "migrations");

/** A command beside the daemon waits this long for its transaction to end; each takes milliseconds. */
const BUSY_TIMEOUT_MS = 5000;

const CURE =
  "put back a copy, or run `qrelay spoke join` with the token and another --dir and move its spoke.db here (no mail is in it)";

/**
 * Opens spoke.db and brings it to the newest shape. synchronous=FULL: answers to the hub depend on
 * what is committed here, and a laptop loses its power without warning.
 *
 * @throws Failure (78) when the file is absent, damaged or from a newer qrelay
 */
export function openDatabase(path: string, options: OpenOptions = {}): Database.Database {
  // Made here and not by SQLite, which would let the umask choose the mode; its -wal and -shm copy it.
  if (options.create === true) closeSync(openSync(path, "wx", 0o600));
  else if (!existsSync(path)) throw new Failure(EXIT.config, `Cannot open ${path}: it does not exist; ${CURE}`);
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    prepare(db, path, options.create === true);
    return db;
  } catch (error) {
    db?.close();
    throw explained(path, error);
  }
}

function prepare(db: Database.Database, path: string, fresh: boolean): void {
  if (!fresh && db.pragma("user_version", { simple: true }) === 0)
    throw new Failure(EXIT.config, `Cannot open ${path}: it is empty; ${CURE}`);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  const found = db.pragma("quick_check(1)", { simple: true });
  if (found !== "ok") throw new Failure(EXIT.config, `Cannot open ${path}: it is damaged (${String(found)}); ${CURE}`);
  migrate(db, MIGRATIONS, path);
}

function explained(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const damaged = error.code === "SQLITE_NOTADB" || error.code.startsWith("SQLITE_CORRUPT");
  const cure = damaged ? CURE : "check who else has it open, its owner and mode, and the free space";
  return new Failure(EXIT.config, `Cannot open ${path}: ${error.message}; ${cure}`, { cause: error });
}

/** The file behind a lock (`shared/io/lock.ts`): no schema, no waiting. */
export function openLockFile(path: string): Database.Database {
  return new Database(path, { timeout: 0 });
}
