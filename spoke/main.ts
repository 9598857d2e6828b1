import type { Command } from "commander";
import { type Io, PROCESS_IO, program, run } from "#shared/cli/program.js";
import * as alias from "./commands/alias.ts";
import * as check from "./commands/check.ts";
import * as explain from "./commands/explain.ts";
import * as flush from "./commands/flush.ts";
import * as load from "./commands/import.ts";
import * as join from "./commands/join.ts";
import * as person from "./commands/person.ts";
import * as queue from "./commands/queue.ts";
import * as serve from "./commands/run.ts";
import * as status from "./commands/status.ts";
import * as trace from "./commands/trace.ts";

/** `qrelay spoke …` */
export function main(argv: string[]): Promise<number> {
  return run(spokeCommands(PROCESS_IO), argv, PROCESS_IO);
}

export function spokeCommands(io: Io): Command {
  const spoke = program(
    "qrelay spoke",
    "A field office: its mailboxes, what waits for the link, and the link's windows",
  );
  for (const command of [join, serve, flush, status, queue, trace, person, alias, explain, check, load])
    command.register(spoke, io);
  return spoke;
}
