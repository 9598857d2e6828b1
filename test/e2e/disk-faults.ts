/** Faults that only the kernel can make: small and read-only file systems, and system calls that fail. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Mounting needs root and a kernel that lets a container do it; the reason when it does not. */
export function whyNoMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "qrelay-mount-"));
  try {
    mountSmall(folder, "size=64k");
    unmount(folder);
    return undefined;
  } catch (error) {
    return `no file system can be mounted here, run as root to test full disks: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmdirSync(folder);
  }
}

/** strace makes system calls fail; the reason when it is not here or may not attach. */
export function whyNoStrace(): string | undefined {
  try {
    execFileSync("strace", ["-qq", "-e", "trace=none", "true"], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `strace cannot be used here, install it to test failing disks: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** @param options as for `mount -t tmpfs -o`, such as `size=4m` or `nr_inodes=300` */
export function mountSmall(folder: string, options: string): void {
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "qrelay-test", folder], { stdio: "pipe" });
}

export function remount(folder: string, options: string): void {
  execFileSync("mount", ["-o", `remount,${options}`, folder], { stdio: "pipe" });
}

/** What is opened below `folder` from now on is read-only, as after an error of the disk. */
export function makeReadOnly(folder: string): void {
  execFileSync("mount", ["--bind", folder, folder], { stdio: "pipe" });
  remount(folder, "ro,bind");
}

export function unmount(folder: string): void {
  execFileSync("umount", ["-l", folder], { stdio: "pipe" });
}

/** Takes all space that is left; the result gives it back. */
export function fillSpace(folder: string): () => Promise<void> {
  const filler = join(folder, "filler");
  for (const size of [1 << 20, 1 << 16, 1 << 12])
    fillWith(() => writeFileSync(filler, Buffer.alloc(size), { flag: "a" }));
  return () => rm(filler);
}

/** Takes all inodes that are left. */
export function fillInodes(folder: string): () => Promise<void> {
  const many = join(folder, "many");
  mkdirSync(many);
  let count = 0;
  fillWith(() => writeFileSync(join(many, String(count++)), ""));
  return () => rm(many, { recursive: true });
}

function fillWith(step: () => void): void {
  try {
    for (;;) step();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

/**
 * While `work` is done these system calls of a process fail, in all of its threads.
 * @param calls as strace names them, such as "fsync,fdatasync"
 * @param path only calls about this file
 */
export async function whileFailing<T>(
  pid: number,
  { calls, error, path }: { calls: string; error: string; path?: string },
  work: () => Promise<T>,
): Promise<T> {
  const only = path === undefined ? [] : ["-P", path];
  const words = ["-f", ...only, "-e", `trace=${calls}`, "-e", `inject=${calls}:error=${error}`, "-p", String(pid)];
  const strace = spawn("strace", words, { stdio: ["ignore", "ignore", "pipe"] });
  const gone = once(strace, "exit");
  await attached(strace);
  try {
    return await work();
  } finally {
    strace.kill("SIGINT");
    await gone;
  }
}

async function attached(strace: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    strace.once("exit", () => reject(new Error(`strace ended: ${said}`)));
    strace.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("attached")) resolve();
    });
  });
}
