import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { entryRows, entryText, findEntry, queueRow, queueText } from "#shared/cli/show-queue.js";
import type { Queue } from "#shared/queue/queue.js";
import { Store } from "#shared/queue/store.js";
import { loadSpokeConfig } from "#spoke/config.js";
import { OUTBOUND } from "#spoke/node.js";

/** Reads queues only: what is being written or sent meanwhile is left alone. */
export function register(parent: Command, io: Io): void {
  const command = parent
    .command("queue [name]")
    .description("what waits, how old, how big; with a name also each entry");
  describe(command, ["qrelay spoke queue", "qrelay spoke queue outbound --json"], [[EXIT.badData, "no such queue"]]);
  command.action(async (name: string | undefined) => {
    const g = globals(command);
    const queues = openQueues(dataFolder(io, g, "spoke"));
    const chosen = name === undefined ? queues : queues.filter(([known]) => known === name);
    if (chosen.length === 0)
      throw new Failure(
        EXIT.badData,
        `There is no queue "${name}": there are ${queues.map(([known]) => known).join(", ")}`,
      );
    const rows = await Promise.all(chosen.map(([known, queue]) => queueRow(known, queue)));
    const only = name === undefined ? undefined : chosen[0];
    const entries = only === undefined ? undefined : await entryRows(only[1]);
    answer(io, g, entries === undefined ? queueText(rows, Date.now()) : entryText(entries, Date.now()), {
      queues: rows,
      ...(entries === undefined ? {} : { entries }),
    });
  });

  const show = command.command("show <id>").description("the header of one entry");
  describe(show, ["qrelay spoke queue show ABCDEFGHIJKLMNOP"], [[EXIT.badData, "no such entry"]]);
  show.action(async (id: string) => {
    const g = globals(show);
    const found = await findEntry(openQueues(dataFolder(io, g, "spoke")), id);
    answer(io, g, `queue ${found.queue}\n${found.text}`, found);
  });
}

function openQueues(dir: string): [string, Queue][] {
  const config = loadSpokeConfig(dir);
  const store = new Store(dir, config.host, (queue) => (queue === OUTBOUND ? config.queue.prefix : ""));
  return ["sorting", OUTBOUND].map((name): [string, Queue] => [name, store.queue(name)]);
}
