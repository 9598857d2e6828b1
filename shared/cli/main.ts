import type { Command } from "commander";
import { register as registerCheck } from "./check.ts";
import { register as registerDemo } from "./demo.ts";
import { type Io, PROCESS_IO, program, run } from "./program.ts";
import { register as registerSendmail } from "./sendmail.ts";

/** `qrelay …` beside `hub` and `spoke`, which the guard sends to their own mains. */
export function main(argv: string[]): Promise<number> {
  return run(topCommands(PROCESS_IO), argv, PROCESS_IO);
}

export function topCommands(io: Io): Command {
  const top = program("qrelay", "Mail for organisations whose offices are seldom online");
  registerDemo(top, io);
  registerSendmail(top, io);
  registerCheck(top, io);
  // Listed for --help only.
  top.command("hub").description("the hub at headquarters: see `qrelay hub --help`");
  top.command("spoke").description("a field office: see `qrelay spoke --help`");
  return top;
}
