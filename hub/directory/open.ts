import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { migrate } from "#shared/io/migrate.js";
import { oneLine } from "#shared/mail/outcome.js";

/** The only file of the hub that opens the SQL driver. */
export type Db = Database.Database;
export type Statement<Parameters extends unknown[], Row = unknown> = Database.Statement<Parameters, Row>;

/** The database cannot be used as it stands; the message says what to do. Never retried, never repaired silently. */
export class DatabaseUnusable extends Failure {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.config, message, options);
    this.name = "DatabaseUnusable";
  }
}

export interface OpenOptions {
  /**
   * Make the file; it must not exist. Without this an absent or empty file is refused: an empty
   * directory would answer "no such person" to every letter of the organisation.
   */
  readonly create?: boolean;
}

/** How long a statement waits for another process's write: a whole import takes less. */
const BUSY_MS = 5000;

const MIGRATIONS = join(import.meta.dirname, "migrations");

/**
 * Opens the database at `path`, checks it and brings it to this software's version.
 * WAL lets commands write while the daemon reads; FULL syncs each commit, because answers to peers
 * (the memory against duplicates) rest on it. Throws `DatabaseUnusable`.
 */
export function openDatabase(path: string, options: OpenOptions = {}): Db {
  if (options.create === true) createFile(path);
  else if (!existsSync(path)) {
    throw new DatabaseUnusable(
      `Cannot open the directory: ${path} does not exist; run \`qrelay hub init\` or restore it`,
    );
  }
  let db: Db | undefined;
  try {
    db = new Database(path, { fileMustExist: true, timeout: BUSY_MS });
    prepare(db, path, options.create === true);
    return db;
  } catch (error) {
    db?.close();
    throw asUnusable(path, error);
  }
}

function createFile(path: string): void {
  // "wx": never over an existing file. SQLite gives -wal and -shm the mode of this one.
  closeSync(openSync(path, "wx", 0o600));
}

function prepare(db: Db, path: string, fresh: boolean): void {
  db.pragma("foreign_keys = ON");
  if (version(db) === 0 && !fresh) {
    throw new DatabaseUnusable(`Cannot open the directory: ${path} is empty; ${RESTORE}`);
  }
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.pragma(`cache_size = ${-CACHE_KB}`);
  // Each statement with a trigger keeps a journal of its own: in a file it costs more than the statement.
  db.pragma("temp_store = MEMORY");
  checkPages(db, path);
  migrate(db, MIGRATIONS, "directory");
}

/** Memory is taken as pages are used. Without it a large import writes each page many times. */
const CACHE_KB = 48 * 1024;

const RESTORE =
  "stop the hub, keep the file for examination, and put back the last backup with `qrelay hub restore FILE` (mail in the queues and mailboxes is not affected)";

/** Every page, without the indexes' contents: milliseconds for a directory, and a flipped byte is found before it is served. */
function checkPages(db: Db, path: string): void {
  const found = String(db.pragma("quick_check(1)", { simple: true }));
  if (found !== "ok") {
    throw new DatabaseUnusable(`Cannot open the directory: ${path} is damaged (${oneLine(found)}); ${RESTORE}`);
  }
}

function version(db: Db): number {
  return Number(db.pragma("user_version", { simple: true }));
}

function asUnusable(path: string, error: unknown): unknown {
  if (error instanceof DatabaseUnusable || !(error instanceof Error)) return error;
  const because = (text: string) => new DatabaseUnusable(text, { cause: error });
  if (!(error instanceof Database.SqliteError)) return because(error.message);
  const found = `Cannot open the directory: ${path}: ${error.message}`;
  if (error.code === "SQLITE_NOTADB" || error.code.startsWith("SQLITE_CORRUPT")) return because(`${found}; ${RESTORE}`);
  if (error.code.startsWith("SQLITE_BUSY")) return because(`${found}: another process holds it; try again`);
  return because(`${found}; check owner, mode and free space`);
}

/** The file behind a lock (`shared/io/lock.ts`): no schema, no waiting. */
export function openLockFile(path: string): Db {
  return new Database(path, { timeout: 0 });
}
