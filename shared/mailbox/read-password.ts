import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { hashPassword, MAX_PASSWORD_BYTES, passwordProblem } from "./passwords.ts";

/** Room for a carriage return, and for the one byte by which a password is seen to be too long. */
const MAX_LINE = MAX_PASSWORD_BYTES + 2;

/** `--password-stdin`: the first line as a PHC string. Failure 65 for a password that nobody should have. */
export async function readPasswordHash(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  const password = await readSecretLine(stdin);
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new Failure(EXIT.badData, problem);
  return await hashPassword(password);
}

/** The first line: a password of another host's, which makes its own rules. Stops at the limit: stdin may be anything. */
export async function readSecretLine(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of stdin) {
    bytes = Buffer.concat([bytes, typeof chunk === "string" ? Buffer.from(chunk) : chunk]);
    if (bytes.includes("\n") || bytes.length > MAX_LINE) break;
  }
  const end = bytes.indexOf("\n");
  return bytes
    .subarray(0, end < 0 ? MAX_LINE : end)
    .toString("utf8")
    .replace(/\r$/, "");
}
