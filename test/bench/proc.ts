// What the kernel says about a process (Linux only).
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** USER_HZ is 100 on every Linux that node runs on. */
const MS_PER_TICK = 10;
const KB = 1024;

/** CPU time in milliseconds that a process has used, with that of children it has buried. 0 when it has gone. */
export function cpuMs(pid: number): number {
  // utime, stime, cutime and cstime: proc(5) counts them as fields 14 to 17, 2 of which are before the ')'.
  const times = statFields(pid)?.slice(11, 15) ?? [];
  return times.reduce((sum, ticks) => sum + Number(ticks) * MS_PER_TICK, 0);
}

/** The same for a process and all that descend from it. */
export function treeCpuMs(pid: number): number {
  return familyOf(pid).reduce((sum, one) => sum + cpuMs(one), 0);
}

/** Resident memory in bytes: now, and the most since the start or since `forgetPeak`. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const value = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * KB;
  return { now: value("VmRSS"), peak: value("VmHWM") };
}

/** Lets the peak begin again at what is resident now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? statFields(Number(name))?.[1] : undefined;
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const family = [pid];
  // Grows while it is walked: children are appended behind their parents.
  for (const one of family) for (const [child, parent] of parents) if (parent === one) family.push(child);
  return family;
}

/** From the state letter on; the name before it may contain blanks and ')'. undefined when the process has gone. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
}
