import { spawn } from "node:child_process";
import { join } from "node:path";
import type { CeilingOrder } from "./load/ceiling.ts";
import type { LoadOrder, LoadResult } from "./load/order.ts";

/** Sends mail as ordered, from a process of its own. @throws Error with what went wrong; a refusal is no error here */
export function runLoad(order: LoadOrder): Promise<LoadResult> {
  return runWorker("main.ts", order);
}

/** Writes to the disk as ordered, in a process of its own. */
export function runCeiling(order: CeilingOrder): Promise<LoadResult> {
  return runWorker("ceiling.ts", order);
}

function runWorker(file: string, order: LoadOrder | CeilingOrder): Promise<LoadResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "load", file), JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let problems = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    out += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    problems += piece;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(out) as LoadResult);
      else reject(new Error(`The load process ${file} ended with ${code}: ${problems.slice(-2000)}`));
    });
  });
}
