import { type ProgramLimits, runProgram as run, shellCommand } from "#shared/io/run-program.js";
import { deferred, failed, type Outcome, oneLine } from "#shared/mail/outcome.js";
import { isHard, STOP } from "#shared/queue/exit-code.js";

export type { ProgramLimits };

/** What a program's end means (qmail-command(8)): go on, stop here with success, or an outcome. */
export type ProgramEnd = "go-on" | "stop" | Outcome;

/**
 * Runs one command with the message as its input. The command is the administrator's text and goes to sh as it stands, as
 * qmail does; what strangers wrote is in the environment and the input only.
 *
 * @param message from its first byte; what the program does not read is not its fault
 */
export async function runProgram(
  command: string,
  env: Readonly<Record<string, string>>,
  message: AsyncIterable<Uint8Array>,
  limits: ProgramLimits,
  signal: AbortSignal,
): Promise<ProgramEnd> {
  if (signal.aborted) return deferred("4.3.2", "the hub is stopping");
  const end = await run(shellCommand(command), { env, input: message }, limits, signal);
  switch (end.kind) {
    case "ended":
      return meaningOf(command, end.code, end.said);
    case "killed":
      return deferred("4.3.0", oneLine(end.said) || `${command} ended with ${end.by}`);
    case "late":
      return deferred("4.4.7", `${command} took longer than ${limits.timeoutMs / 1000} s`);
    case "not-started":
      return deferred("4.3.0", `Cannot run ${command}: ${end.text}`);
    case "unreadable":
      return deferred("4.3.0", `the message cannot be read: ${end.text}`);
    default:
      return end satisfies never;
  }
}

function meaningOf(command: string, code: number, said: string): ProgramEnd {
  if (code === 0) return "go-on";
  if (code === STOP) return "stop";
  const why = oneLine(said) || `${command} ended with ${code}`;
  return isHard(code) ? failed("5.3.0", why) : deferred("4.3.0", why);
}
