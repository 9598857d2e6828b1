/**
 * `npm run test:kill`: hub and spoke as real processes, killed at every durable call of every step. Prints a line
 * for each step, and for each failure where its evidence is and how to repeat it. Exit 1 when anything was
 * lost, doubled or wrong.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions, USAGE } from "./options.ts";
import { Run } from "./run.ts";

const options = readOptions(process.argv.slice(2));
if (typeof options === "string") {
  process.stderr.write(`${options}\n${USAGE}`);
  process.exitCode = 64;
} else {
  const dir = await mkdtemp(join(tmpdir(), "qrelay-kill-"));
  const run = new Run(options, dir);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      run.stop();
      // The second time at once: at `exit` every node is killed.
      process.once(signal, () => process.exit(1));
    });
  }
  const good = await run.all();
  if (good) await rm(dir, { recursive: true });
  process.exit(good ? 0 : 1);
}
