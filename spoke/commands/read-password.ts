import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import type { Io } from "#shared/cli/program.js";
import { hashPassword, MAX_PASSWORD_BYTES, passwordProblem } from "#shared/mailbox/passwords.js";

/** The first line of stdin as a PHC string. Failure 65 for a password that nobody should have. */
export async function readPasswordHash(io: Io): Promise<string> {
  const password = await firstLine(io.stdin);
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new Failure(EXIT.badData, problem);
  return await hashPassword(password);
}

/** Stops at the limit: stdin may be anything. One byte more is kept, so that the length is found too large. */
async function firstLine(stdin: NodeJS.ReadableStream): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of stdin) {
    bytes = Buffer.concat([bytes, Buffer.from(chunk)]);
    if (bytes.includes("\n") || bytes.length > MAX_PASSWORD_BYTES + 2) break;
  }
  const end = bytes.indexOf("\n");
  const line = end < 0 ? bytes.subarray(0, MAX_PASSWORD_BYTES + 2) : bytes.subarray(0, end);
  return line.toString("utf8").replace(/\r$/, "");
}
