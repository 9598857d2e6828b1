import type { Command } from "commander";
import type { Queue } from "#shared/queue/queue.js";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { answer, dataFolder, describe, globals, type Io } from "./program.ts";
import { entryRows, entryText, findEntry, queueRow, queueText } from "./show-queue.ts";

/** The queues of a node by the names that people use. */
export type NamedQueues = readonly (readonly [string, Queue])[];

/** Opens the queues of a folder for as long as `work` takes. */
export type WithQueues = <T>(dir: string, work: (queues: NamedQueues) => Promise<T>) => Promise<T>;

/** `queue` at hub and spoke. Reads only: what is being written or sent meanwhile is left alone. */
export function registerQueue(parent: Command, io: Io, node: "hub" | "spoke", withQueues: WithQueues): void {
  const command = parent
    .command("queue [name]")
    .description("what waits, how old, how big; with a name also each entry");
  const example = node === "hub" ? "herat" : "outbound";
  describe(
    command,
    [`qrelay ${node} queue`, `qrelay ${node} queue ${example} --json`],
    [[EXIT.badData, "no such queue"]],
  );
  command.action(async (name: string | undefined) => {
    const g = globals(command);
    const { human, document } = await withQueues(dataFolder(io, g, node), (queues) => listQueues(queues, name));
    answer(io, g, human, document);
  });

  const show = command.command("show <id>").description("the header of one entry");
  describe(show, [`qrelay ${node} queue show ABCDEFGHIJKLMNOP`], [[EXIT.badData, "no such entry"]]);
  show.action(async (id: string) => {
    const g = globals(show);
    const found = await withQueues(dataFolder(io, g, node), (queues) => findEntry(queues, id));
    answer(io, g, `queue ${found.queue}\n${found.text}`, found);
  });
}

async function listQueues(queues: NamedQueues, name: string | undefined) {
  const chosen = name === undefined ? queues : queues.filter(([known]) => known === name);
  const [only] = chosen;
  if (only === undefined) {
    throw new Failure(
      EXIT.badData,
      `There is no queue "${name}": there are ${queues.map(([known]) => known).join(", ")}`,
    );
  }
  const rows = await Promise.all(chosen.map(([known, queue]) => queueRow(known, queue)));
  if (name === undefined) return { human: queueText(rows, Date.now()), document: { queues: rows } };
  const entries = await entryRows(only[1]);
  return { human: entryText(entries, Date.now()), document: { queues: rows, entries } };
}
