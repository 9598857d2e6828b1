import type { Command } from "commander";
import type { Io } from "#shared/cli/program.js";
import { type NamedQueues, registerQueue } from "#shared/cli/queue-command.js";
import { loadSpokeConfig } from "#spoke/config.js";
import { OUTBOUND, spokeStore } from "#spoke/node.js";

export function register(parent: Command, io: Io): void {
  registerQueue(parent, io, "spoke", withQueues);
}

async function withQueues<T>(dir: string, work: (queues: NamedQueues) => Promise<T>): Promise<T> {
  const store = spokeStore(loadSpokeConfig(dir));
  return work(["sorting", OUTBOUND].map((name) => [name, store.queue(name)] as const));
}
