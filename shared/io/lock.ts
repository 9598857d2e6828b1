import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";

/**
 * A lock that the kernel drops when its holder dies: an exclusive SQLite transaction on a small file. (A pid file
 * would lie: a killed daemon stays a zombie for seconds and still answers signal 0.) `run` and `flush` hold
 * different ones. The pid written beside it is for the message only.
 */
export type LockName = "run" | "flush";

export interface Lock {
  release(): void;
}

/** @returns the lock, or who seems to hold it */
export function takeLock(
  open: (path: string) => Database.Database,
  dir: string,
  name: LockName,
): Lock | { readonly heldBy: string } {
  const path = join(dir, `${name}.lock`);
  const holder = `${path}.holder`;
  // Made here and not by SQLite, which would let the umask choose the mode.
  closeSync(openSync(path, "a", 0o600));
  const db = open(path);
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY"))
      return { heldBy: readHolder(holder) };
    throw error;
  }
  try {
    writeFileSync(holder, `process ${process.pid} since ${new Date().toISOString()}`, { mode: 0o600 });
  } catch {
    // For the message only: a full disk must not keep the flush from running that would empty it.
  }
  return {
    release: () => {
      db.exec("ROLLBACK");
      db.close();
    },
  };
}

function readHolder(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It is about to be written, or its folder is read-only: the lock itself is what counts.
    return "another process";
  }
}
