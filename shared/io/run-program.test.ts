import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Takes all descriptors, then starts a program, which the system then cannot. */
const SCRIPT = `
import { openSync } from "node:fs";
import { plainCommand, runProgram } from ${JSON.stringify(new URL("./run-program.ts", import.meta.url).href)};
try { for (;;) openSync("/dev/null", "r"); } catch (error) { if (error.code !== "EMFILE") throw error; }
const never = new AbortController().signal;
const ended = await runProgram(plainCommand(["/bin/true"]), { env: {}, input: [] }, { timeoutMs: 1000 }, never);
process.stdout.write(JSON.stringify(ended));
`;

it("runProgram tells that a program could not be started for want of descriptors, and the process lives", async () => {
  const words = ["--conditions=source", "--input-type=module", "--eval", SCRIPT];
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout } = await promisify(execFile)(
    "/bin/sh",
    ["-c", 'ulimit -n 40; exec "$@"', "sh", process.execPath, ...words],
    { cwd: root },
  );
  expect(JSON.parse(stdout)).toEqual({ kind: "not-started", text: expect.stringContaining("EMFILE") });
});
