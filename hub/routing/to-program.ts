import type { Instruction } from "#shared/mail/instructions.js";
import { deferred, type Found, type ProgramRun, to } from "./decision.ts";
import { note, type Walk } from "./walk.ts";

/** A program of an alias or a route, as it is stored: `|command`. */
export function programOf(target: string): Instruction {
  return { kind: "program", command: target.slice(1).trim() };
}

/** Programs run where the administrator allows them; else the mail waits for that, or for another record. */
export function toProgram(walk: Walk, record: string, recipient: string, run: ProgramRun): Found {
  const commands = run.instructions.flatMap((one) => (one.kind === "program" ? [one.command] : []));
  if (!walk.view.programs) {
    note(walk, "program", record, "programs are not allowed on this hub (programs.allow)");
    return deferred(recipient, "4.3.5", `${record} names a program, and programs are not allowed here`);
  }
  note(walk, "program", record, `runs ${commands.join(", then ")}`);
  return to({ kind: "program", name: record, recipient, run });
}
