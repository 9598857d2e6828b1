import type { ChildProcess } from "node:child_process";

/** From SIGTERM to SIGKILL. */
const MERCY_MS = 5000;

/** Gives a child that leads its own process group so long to end by itself, then ends what is left of the group. */
export function endGroup(child: ChildProcess, patienceMs: number): void {
  const timer = setTimeout(() => endGroupNow(child), patienceMs);
  child.once("close", () => clearTimeout(timer));
}

/** SIGTERM, then SIGKILL for those of the group that do not obey; those that outlive the child itself too. */
export function endGroupNow(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || !signalGroup(pid, "SIGTERM")) return;
  const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), MERCY_MS);
  child.once("exit", () => {
    // Nobody else can be given the number while one of the group is alive.
    if (!signalGroup(pid, 0)) clearTimeout(timer);
  });
}

/** @returns false when nobody of the group is left, or none of it is ours to end (a helper that changed its user) */
function signalGroup(pid: number, by: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, by);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ESRCH" || code === "EPERM") return false;
    throw error;
  }
}
