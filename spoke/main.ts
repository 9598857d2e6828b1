import { PROCESS_IO, program, run } from "#shared/cli/program.js";
import * as check from "./commands/check.ts";
import * as explain from "./commands/explain.ts";
import * as flush from "./commands/flush.ts";
import * as join from "./commands/join.ts";
import * as person from "./commands/person.ts";
import * as queue from "./commands/queue.ts";
import * as serve from "./commands/run.ts";
import * as status from "./commands/status.ts";

/** `qrelay spoke …` */
export function main(argv: string[]): Promise<number> {
  const spoke = program(
    "qrelay spoke",
    "A field office: its mailboxes, what waits for the link, and the link's windows",
  );
  for (const command of [join, serve, flush, status, queue, person, explain, check])
    command.register(spoke, PROCESS_IO);
  return run(spoke, argv, PROCESS_IO);
}
