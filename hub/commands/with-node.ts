import { loadHubConfig } from "#hub/config.js";
import { openLockFile } from "#hub/directory/open.js";
import type { HubNode } from "#hub/node.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { askDaemon, type ControlRequest } from "#shared/io/control.js";
import { takeLock } from "#shared/io/lock.js";
import { createLog, type Log } from "#shared/log/log.js";
import { recoverMemory } from "#shared/queue/recover.js";

/** For commands that touch entries: the daemon does it; without one this process does, under the daemon's lock. */
export async function askOrDo<T>(
  dir: string,
  request: ControlRequest,
  work: (node: HubNode) => Promise<T>,
): Promise<T> {
  const answered = await askDaemon(dir, request);
  if (answered !== undefined) return answered.result as T;
  const config = loadHubConfig(dir);
  const lock = takeLock(openLockFile, dir, "run");
  if ("heldBy" in lock)
    throw new Failure(
      EXIT.tempFail,
      `Cannot work on the queues: ${dir} is in use by ${lock.heldBy}, which does not answer`,
    );
  // Loaded when it is wanted: most commands do without, and start in half the time.
  const { openHub } = await import("#hub/node.js");
  const node = openHub(config, commandLog().event);
  try {
    // A daemon that was killed may have left mail from the link half noted; under its lock it is ours to decide.
    await recoverMemory(node.directory.memory);
    return await work(node);
  } finally {
    await node.engine.stop();
    node.directory.close();
    lock.release();
  }
}

let log: Log | undefined;

/** One for the process: a sync works here once for everybody who moved, and each log waits for the exit. */
function commandLog(): Log {
  log ??= createLog({ level: "warn" });
  return log;
}
