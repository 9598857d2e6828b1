import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { NODE, ROOT } from "../support/node-process.ts";

/** A node as it is served in earnest: the built program, its log in a file and nobody reading its output. */
export interface MeasuredNode {
  readonly pid: number;
  readonly dir: string;
  port(listener: string): number;
  stop(): Promise<void>;
}

const living = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** Runs `qrelay KIND run` in `dir` until its ready line. */
export async function startMeasured(kind: "hub" | "spoke", dir: string): Promise<MeasuredNode> {
  const log = openSync(join(dir, "log"), "a");
  // NODE_ARGS is for profiling: NODE_ARGS="--cpu-prof --cpu-prof-dir=/tmp/prof" npm run bench -- hub
  const args = (process.env.NODE_ARGS ?? "").split(" ").filter(Boolean);
  const child = spawn(NODE, [...args, join(ROOT, "qrelay.cjs"), kind, "run", "--json", "--dir", dir], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", log],
  });
  closeSync(log);
  if (child.stdout === null) throw new Error("The node was started without a pipe");
  living.add(child);
  const ended = once(child, "exit").then(() => living.delete(child));
  const first = once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line));
  const line = await Promise.race([first, ended.then(() => undefined)]);
  if (line === undefined) throw new Error(`The ${kind} in ${dir} did not start: see ${join(dir, "log")}`);
  const { listen } = JSON.parse(line) as { listen: Record<string, string> };
  return {
    pid: child.pid ?? 0,
    dir,
    port: (listener) => Number(/:(\d+)$/.exec(listen[listener] ?? "")?.[1]),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
