import { watch } from "node:fs";
import { type Box, folderPath } from "./box.ts";
import { errnoOf } from "./errors.ts";

/** One call for a burst of deliveries; short enough that nobody waits. */
const COALESCE_MS = 20;

/** Without inotify (its limit is reached): mail is seen at most this late. */
export const POLL_MS = 5_000;

/** mtime moves in steps of up to some milliseconds (2 s on FAT): a fresh one may hide a second change. */
const SETTLED_MS = 2_000;

/** Calls `onChange` after changes in `new/` or `cur/` until `signal` aborts. May call once too often, never too few. */
export function watchMaildir(box: Box, onChange: () => void, signal: AbortSignal, pollMs: number = POLL_MS): void {
  if (signal.aborted) return;
  const notify = coalesce(onChange, signal);
  for (const folder of ["new", "cur"] as const) watchFolder(box, folder, notify, signal, pollMs);
}

function watchFolder(box: Box, folder: "new" | "cur", notify: () => void, signal: AbortSignal, pollMs: number): void {
  const path = folderPath(box, folder);
  try {
    const watcher = watch(path, notify);
    const stop = () => watcher.close();
    signal.addEventListener("abort", stop, { once: true });
    watcher.on("error", () => {
      signal.removeEventListener("abort", stop);
      watcher.close();
      poll(box, path, notify, signal, pollMs);
    });
  } catch {
    // ENOSPC (no inotify watch left), ENOENT (not created yet), ENOSYS: all mean "look for yourself".
    poll(box, path, notify, signal, pollMs);
  }
}

function poll(box: Box, path: string, notify: () => void, signal: AbortSignal, pollMs: number): void {
  let last: string | undefined; // at first unlike every stamp: something may have come while nobody watched
  let busy = false;
  const look = async () => {
    if (busy) return; // a disk that hangs must not gather calls
    busy = true;
    const stamp = await stampOf(box, path);
    busy = false;
    if (stamp === undefined || stamp !== last) notify();
    last = stamp;
  };
  void look();
  const timer = setInterval(() => void look(), pollMs);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

// A directory's mtime changes with each name in it. An error is a state like any other: leaving it is a change.
async function stampOf(box: Box, path: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await box.fs.stat(path);
    return Math.abs(Date.now() - mtimeMs) < SETTLED_MS ? undefined : String(mtimeMs);
  } catch (error) {
    return errnoOf(error) ?? "error";
  }
}

function coalesce(onChange: () => void, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return () => {
    if (timer !== undefined || signal.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      onChange();
    }, COALESCE_MS);
  };
}
