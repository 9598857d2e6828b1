import type { Command } from "commander";
import { type Io, PROCESS_IO, program, run } from "#shared/cli/program.js";
import * as alias from "./commands/alias.ts";
import * as check from "./commands/check.ts";
import * as directory from "./commands/directory.ts";
import * as dns from "./commands/dns.ts";
import * as domain from "./commands/domain.ts";
import * as explain from "./commands/explain.ts";
import * as flush from "./commands/flush.ts";
import * as importing from "./commands/import.ts";
import * as init from "./commands/init.ts";
import * as instructions from "./commands/instructions.ts";
import * as list from "./commands/list.ts";
import * as office from "./commands/office.ts";
import * as person from "./commands/person.ts";
import * as policy from "./commands/policy.ts";
import * as queue from "./commands/queue.ts";
import * as quota from "./commands/quota.ts";
import * as route from "./commands/route.ts";
import * as serve from "./commands/run.ts";
import * as trace from "./commands/trace.ts";
import { askOrDo } from "./commands/with-node.ts";
import { moveQueued } from "./move-queued.ts";

/** `qrelay hub …` */
export function main(argv: string[]): Promise<number> {
  return run(hubCommands(PROCESS_IO), argv, PROCESS_IO);
}

export function hubCommands(io: Io): Command {
  const hub = program(
    "qrelay hub",
    "The hub at headquarters: everybody's directory, one queue per office, the door to the Internet",
  );
  for (const command of [init, serve, office]) command.register(hub, io);
  const context: person.PersonContext = {
    moveQueued: (hub, name, from) =>
      askOrDo(hub.config.dir, { command: "move-queued", args: { name, from } }, (node) => moveQueued(node, name, from)),
  };
  for (const command of [person, directory]) command.register(hub, io, context);
  for (const command of [
    alias,
    list,
    instructions,
    domain,
    quota,
    route,
    policy,
    dns,
    importing,
    explain,
    queue,
    trace,
    flush,
    check,
  ])
    command.register(hub, io);
  return hub;
}
