import { join } from "node:path";
import type { Command } from "commander";
import { loadHubConfig } from "#hub/config.js";
import { openDirectory } from "#hub/directory/directory.js";
import { officeQueues } from "#hub/node.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { entryRows, entryText, findEntry, queueRow, queueText } from "#shared/cli/show-queue.js";
import type { Queue } from "#shared/queue/queue.js";
import { Store } from "#shared/queue/store.js";

/** Reads queues only: what is being written or delivered meanwhile is left alone. */
export function register(parent: Command, io: Io): void {
  const command = parent
    .command("queue [name]")
    .description("what waits, how old, how big; with a name also each entry");
  describe(command, ["qrelay hub queue", "qrelay hub queue herat --json"], [[EXIT.badData, "no such queue"]]);
  command.action(async (name: string | undefined) => {
    const g = globals(command);
    const queues = openQueues(dataFolder(io, g, "hub"));
    const chosen = name === undefined ? queues : queues.filter(([known]) => known === name);
    if (chosen.length === 0)
      throw new Failure(
        EXIT.badData,
        `There is no queue "${name}": there are ${queues.map(([known]) => known).join(", ")}`,
      );
    const rows = await Promise.all(chosen.map(([known, queue]) => queueRow(known, queue)));
    const only = name === undefined ? undefined : chosen[0];
    const entries = only === undefined ? undefined : await entryRows(only[1]);
    const text = entries === undefined ? queueText(rows, Date.now()) : entryText(entries, Date.now());
    answer(io, g, text, { queues: rows, ...(entries === undefined ? {} : { entries }) });
  });

  const show = command.command("show <id>").description("the header of one entry");
  describe(show, ["qrelay hub queue show ABCDEFGHIJKLMNOP"], [[EXIT.badData, "no such entry"]]);
  show.action(async (id: string) => {
    const g = globals(show);
    const found = await findEntry(openQueues(dataFolder(io, g, "hub")), id);
    answer(io, g, `queue ${found.queue}\n${found.text}`, found);
  });
}

/** Queues by the name people use: an office's queue by the office. */
function openQueues(dir: string): [string, Queue][] {
  const config = loadHubConfig(dir);
  const directory = openDirectory(join(dir, "directory.db"));
  const store = new Store(
    dir,
    config.host,
    (queue) => directory.offices.get(queue.replace(/^office\//, ""))?.prefix ?? "",
  );
  const names = ["sorting", "internet", ...officeQueues(directory)];
  const queues = names.map((name): [string, Queue] => [name.replace(/^office\//, ""), store.queue(name)]);
  directory.close();
  return queues;
}
