import type Database from "better-sqlite3";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { type Lock, takeLock } from "#shared/io/lock.js";

/** The lock of the one daemon of a folder; a Failure that names its holder when there is one already. */
export function takeRunLock(open: (path: string) => Database.Database, dir: string, node: "hub" | "spoke"): Lock {
  const lock = takeLock(open, dir, "run");
  if ("release" in lock) return lock;
  throw new Failure(
    EXIT.tempFail,
    `Cannot run the ${node}: ${dir} is served already by ${lock.heldBy}; stop that one first`,
  );
}
