import type { Instruction } from "#shared/mail/instructions.js";
import { deferred, type Found, type ProgramRun, to } from "./decision.ts";
import { note, type Walk } from "./walk.ts";

/** A program of an alias or a route, as it is stored: `|command`. */
export function programOf(target: string): Instruction {
  return { kind: "program", command: target.slice(1).trim() };
}

/**
 * Programs run where the administrator allows them; else the mail waits for that, or for another record.
 *
 * @param beside others get the mail by the same record: then only the program's part waits, in its queue. Were all of it to be
 * tried again, they would get it with each try
 */
export function toProgram(walk: Walk, record: string, recipient: string, run: ProgramRun, beside = false): Found {
  const commands = run.instructions.flatMap((one) => (one.kind === "program" ? [one.command] : []));
  if (!walk.view.programs) {
    note(walk, "program", record, "programs are not allowed on this hub (programs.allow)");
    if (beside) return to({ kind: "program", name: record, recipient, run, beside });
    return deferred(recipient, "4.3.5", `${record} names a program, and programs are not allowed here`);
  }
  note(walk, "program", record, `runs ${commands.join(", then ")}`);
  return to({ kind: "program", name: record, recipient, run, ...(beside ? { beside } : {}) });
}
