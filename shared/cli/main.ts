import type { Command } from "commander";
import { register as registerCheck } from "./check.ts";
import { type LogIns, register as registerCheckpassword } from "./checkpassword.ts";
import { register as registerDemo } from "./demo.ts";
import { type Io, PROCESS_IO, program, run } from "./program.ts";
import { register as registerSendmail } from "./sendmail.ts";

/** `qrelay …` beside `hub` and `spoke`, which the guard sends to their own mains. */
export function main(argv: string[], logIns: LogIns): Promise<number> {
  return run(topCommands(PROCESS_IO, logIns), argv, PROCESS_IO);
}

/** @param logIns absent: the tree is only to be read */
export function topCommands(io: Io, logIns: LogIns = { hub: unknown, spoke: unknown }): Command {
  const top = program("qrelay", "Mail for organisations whose offices are seldom online");
  registerDemo(top, io);
  registerSendmail(top, io);
  registerCheckpassword(top, io, logIns);
  registerCheck(top, io);
  // Listed for --help only.
  top.command("hub").description("the hub at headquarters: see `qrelay hub --help`");
  top.command("spoke").description("a field office: see `qrelay spoke --help`");
  return top;
}

function unknown(): never {
  throw new Error("Nobody said how this node answers a login");
}
