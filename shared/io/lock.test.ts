import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takeLock } from "./lock.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "qrelay-lock-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const open = (path: string) => new Database(path, { timeout: 0 });

describe("a lock", () => {
  it("has one holder; the second is told who it is", () => {
    const lock = takeLock(open, dir, "run");
    expect(takeLock(open, dir, "run")).toEqual({ heldBy: expect.stringContaining(`process ${process.pid} since 20`) });
    if ("release" in lock) lock.release();
    const next = takeLock(open, dir, "run");
    expect("release" in next).toBe(true);
    if ("release" in next) next.release();
  });

  it("of run does not hold up flush", () => {
    const locks = [takeLock(open, dir, "run"), takeLock(open, dir, "flush")];
    for (const lock of locks) {
      expect("release" in lock).toBe(true);
      if ("release" in lock) lock.release();
    }
  });

  it("is free the moment its holder is killed, whatever the file beside it says", async () => {
    const script = `
      import Database from "better-sqlite3";
      import { takeLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
      globalThis.held = takeLock((path) => new Database(path, { timeout: 0 }), ${JSON.stringify(dir)}, "run");
      console.log("held");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--conditions=source", "--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(takeLock(open, dir, "run")).toEqual({ heldBy: expect.stringContaining(`process ${child.pid} since`) });
    child.kill("SIGKILL");
    await vi.waitFor(() => {
      const lock = takeLock(open, dir, "run");
      expect("release" in lock).toBe(true);
      if ("release" in lock) lock.release();
    });
  });

  it("says what is wrong when its folder is not there", () => {
    expect(() => takeLock(open, join(dir, "missing"), "run")).toThrow(/no such file or directory/i);
  });
});
