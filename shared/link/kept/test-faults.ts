import type { PathLike } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/**
 * A disk for the tests of this room that fails at a chosen call, once, or stops there for good, as the power does: that
 * call and all later ones do nothing. A write that fails or stops has written half of its bytes.
 */
type Real = typeof import("node:fs/promises");
type RealSync = typeof import("node:fs");

/** No error of a disk: what throws it has been killed. */
export class StoppedError extends Error {}

/** Files that were opened and not closed; what a stop has left open is the test's to close. */
export const openFiles = new Set<FileHandle>();

export const faults = {
  /** Calls made since it was armed. */
  calls: 0,
  at: 0,
  kind: "none" as "none" | "fail" | "stop",

  arm(kind: "none" | "fail" | "stop", at = 0): void {
    Object.assign(this, { kind, at, calls: 0 });
  },
};

/** @returns what this call throws, if it does */
function fate(): Error | undefined {
  faults.calls += 1;
  if (faults.kind === "stop" && faults.calls >= faults.at) return new StoppedError("the power is off");
  if (faults.kind !== "fail" || faults.calls !== faults.at) return undefined;
  return Object.assign(new Error("ENOSPC: no space left on device"), { errno: -28, code: "ENOSPC" });
}

/** Only the call at which it happens leaves half of its bytes. */
function half(data: unknown): Uint8Array {
  const bytes = Buffer.from(data as string);
  return faults.calls === faults.at ? bytes.subarray(0, bytes.length >> 1) : Buffer.alloc(0);
}

export function faulty(real: Real): Real {
  return {
    ...real,
    mkdir: (async (...args: Parameters<Real["mkdir"]>) => orThrow(() => real.mkdir(...args))) as Real["mkdir"],
    readdir: (async (path: PathLike) => orThrow(() => real.readdir(path))) as Real["readdir"],
    readFile: (async (...args: Parameters<Real["readFile"]>) =>
      orThrow(() => real.readFile(...args))) as Real["readFile"],
    stat: (async (path: PathLike) => orThrow(() => real.stat(path))) as Real["stat"],
    rename: async (...args) => orThrow(() => real.rename(...args)),
    rm: async (...args) => orThrow(() => real.rm(...args)),
    truncate: async (...args) => orThrow(() => real.truncate(...args)),
    writeFile: async (path, data, options) => {
      const wrong = fate();
      if (wrong === undefined) return real.writeFile(path, data, options);
      if (half(data).length > 0) await real.writeFile(path, half(data), options);
      throw wrong;
    },
    open: async (...args) => faultyHandle(await orThrow(() => real.open(...args))),
  };
}

async function orThrow<T>(work: () => Promise<T>): Promise<T> {
  const wrong = fate();
  if (wrong !== undefined) throw wrong;
  return work();
}

function faultyHandle(handle: FileHandle): FileHandle {
  openFiles.add(handle);
  const appendFile = handle.appendFile.bind(handle);
  const close = handle.close.bind(handle);
  return Object.assign(handle, {
    appendFile: async (data: string | Uint8Array) => {
      const wrong = fate();
      if (wrong === undefined) return appendFile(data);
      if (half(data).length > 0) await appendFile(half(data));
      throw wrong;
    },
    // A close that fails has closed it (POSIX leaves that open, Linux does not); one after a stop has not been made.
    close: async () => {
      const wrong = fate();
      if (!(wrong instanceof StoppedError)) {
        openFiles.delete(handle);
        await close();
      }
      if (wrong !== undefined) throw wrong;
    },
  });
}

export function faultySync(real: RealSync): RealSync {
  const guarded =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      const wrong = fate();
      if (wrong !== undefined) throw wrong;
      return work(...args);
    };
  const writing =
    (work: RealSync["writeFileSync"]): RealSync["writeFileSync"] =>
    (path, data, options) => {
      const wrong = fate();
      if (wrong === undefined) return work(path, data, options);
      if (half(data).length > 0) work(path, half(data), options);
      throw wrong;
    };
  return {
    ...real,
    statSync: guarded(real.statSync) as RealSync["statSync"],
    readFileSync: guarded(real.readFileSync) as RealSync["readFileSync"],
    renameSync: guarded(real.renameSync),
    rmSync: guarded(real.rmSync),
    writeFileSync: writing(real.writeFileSync),
    appendFileSync: writing(real.appendFileSync as RealSync["writeFileSync"]) as RealSync["appendFileSync"],
  };
}
