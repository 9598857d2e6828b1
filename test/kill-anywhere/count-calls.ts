/** In the victim: numbers its durable calls, and ends it with SIGKILL at the one that was asked for. */
import fs from "node:fs";

const root = process.env.QRELAY_KILL_DIR ?? "";
/** Which call ends the process; 0 counts only. */
let fatal = Number(process.env.QRELAY_KILL_AT ?? 0);
let after = process.env.QRELAY_KILL_MODE === "after";
/** With a number in the environment counting begins at once, otherwise when the harness says so. */
let armed = process.env.QRELAY_KILL_AT !== undefined;

export const labels: string[] = [];
let underWay = 0;
let lastAt = performance.now();

/** As it is before anybody watches it. */
const { writeFileSync } = fs;

// A command ends by itself: what it would have told is left in a file.
if (armed && fatal === 0) process.once("exit", () => writeFileSync(`${root}.counted`, JSON.stringify(labels)));

export function arm(at: number, mode: "before" | "after"): void {
  fatal = at;
  after = mode === "after";
  armed = true;
}

/** Start-up work goes on for some milliseconds after the ready line; the count begins when it has ended. */
const QUIET_MS = 30;

export function isQuiet(): boolean {
  return underWay === 0 && performance.now() - lastAt > QUIET_MS;
}

function die(label: string): never {
  writeFileSync(`${root}.killed`, label);
  process.kill(process.pid, "SIGKILL");
  // The signal takes hold when the call above returns; nothing may happen until then.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** @returns the call's number, 0 when it is not counted */
export function begin(label: string): number {
  lastAt = performance.now();
  underWay += 1;
  if (!armed) return 0;
  labels.push(label);
  if (!after && labels.length === fatal) die(`before call ${fatal}: ${label}`);
  return labels.length;
}

export function end(number: number): void {
  underWay -= 1;
  lastAt = performance.now();
  if (after && number > 0 && number === fatal) die(`after call ${fatal}: ${labels[number - 1]}`);
}

export function now<T>(label: string, work: () => T): T {
  const number = begin(label);
  try {
    return work();
  } finally {
    end(number);
  }
}

export async function later<T>(label: string, work: () => Promise<T>): Promise<T> {
  const number = begin(label);
  try {
    return await work();
  } finally {
    end(number);
  }
}

/** The path below the node's folder, or undefined when it is none of ours. */
export function ours(path: unknown): string | undefined {
  const text = path instanceof URL ? path.pathname : String(path);
  if (!text.startsWith(`${root}/`) || /\.lock(\.holder|-\w+)?$/.test(text)) return undefined;
  return text.slice(root.length + 1);
}
