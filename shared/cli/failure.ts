import { EXIT, type ExitCode } from "./exit-codes.ts";

/**
 * A command that ends with another code than 0. The message names the action, the value and the
 * cure; an empty message ends the command silently, for one that has already said everything
 * (`flush --json` prints its report and then exits 75).
 */
export class Failure extends Error {
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Failure";
    this.exit = exit;
  }
}

/** Ends a command whose exit codes are those of another interface, or of another program; an empty message says nothing. */
export class OtherExit extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "OtherExit";
    this.code = code;
  }
}

/** Ends a command that has said everything already with its exit code. */
export function endWith(exit: ExitCode): void {
  if (exit !== EXIT.done) throw new Failure(exit, "");
}
