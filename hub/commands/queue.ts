import { join } from "node:path";
import type { Command } from "commander";
import { loadHubConfig } from "#hub/config.js";
import { openDirectory } from "#hub/directory/directory.js";
import { hubQueues, hubStore } from "#hub/hub-store.js";
import type { Io } from "#shared/cli/program.js";
import { type NamedQueues, registerQueue } from "#shared/cli/queue-command.js";

export function register(parent: Command, io: Io): void {
  registerQueue(parent, io, "hub", withQueues);
}

/** An office's queue goes by the office's name. */
async function withQueues<T>(dir: string, work: (queues: NamedQueues) => Promise<T>): Promise<T> {
  const config = loadHubConfig(dir);
  const directory = openDirectory(join(dir, "directory.db"));
  try {
    const store = hubStore(config, directory);
    return await work(
      hubQueues(store, directory).map((name) => [name.replace(/^office\//, ""), store.queue(name)] as const),
    );
  } finally {
    directory.close();
  }
}
