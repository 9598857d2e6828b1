/** In the victim: every way that node has to make, write, sync, name and remove a file counts, below the node's folder. */
import fs from "node:fs";
import promises, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { begin, end, later, now, ours } from "./count-calls.ts";
import { type Anything, type Function_, patch, patchCallback, replace } from "./patch-calls.ts";

const WRITES = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC;

function opensToWrite(flags: unknown): boolean {
  return typeof flags === "number" ? (flags & WRITES) !== 0 : /[wa+]/.test(String(flags ?? "r"));
}

const PATH_CALLS = ["rename", "link", "symlink", "unlink", "mkdir", "rmdir", "rm", "writeFile", "appendFile"] as const;
for (const name of PATH_CALLS) {
  // Linked and renamed files are known by where they come from: that name says which queue and message it is.
  patch(promises, name, later, ([path]) => ours(path));
  patch(fs, `${name}Sync`, now, ([path]) => ours(path));
  patchCallback(name, ([path]) => ours(path));
}

const fileOf = new WeakMap<object, string>();
const openHandle = promises.open;
const probe = await openHandle(import.meta.filename);
const handles = Object.getPrototypeOf(probe) as object;
await probe.close();
promises.open = async (path, flags, mode) => {
  const file = ours(path);
  const open = () => openHandle(path, flags, mode);
  if (file === undefined) return open();
  const handle: FileHandle = opensToWrite(flags) ? await later(`open ${file}`, open) : await open();
  fileOf.set(handle, file);
  return handle;
};
for (const name of ["write", "writev", "writeFile", "appendFile", "truncate", "sync", "datasync"])
  patch(handles, name, later, (_words, handle) => fileOf.get(handle));

/** Open descriptors, folders too: they are synced. */
const pathOf = new Map<number, string>();
const plain = { openSync: fs.openSync, open: fs.open as Function_, closeSync: fs.closeSync, close: fs.close };
replace(fs as unknown as Anything, "openSync", ((path: fs.PathLike, flags: fs.OpenMode, mode?: fs.Mode) => {
  const file = ours(path);
  const open = (): number => plain.openSync(path, flags, mode);
  if (file === undefined) return open();
  const fd = opensToWrite(flags) ? now(`open ${file}`, open) : open();
  pathOf.set(fd, file);
  return fd;
}) as Function_);
replace(fs as unknown as Anything, "open", ((path: fs.PathLike, ...words: unknown[]) => {
  const file = ours(path);
  const answer = words.pop() as (error: Error | null, fd?: number) => void;
  const number = file !== undefined && opensToWrite(words[0]) ? begin(`open ${file}`) : undefined;
  const opened = (error: Error | null, fd?: number): void => {
    if (file !== undefined && fd !== undefined) pathOf.set(fd, file);
    if (number !== undefined) end(number);
    answer(error, fd);
  };
  return plain.open(...([path, ...words, opened] as never[]));
}) as Function_);
fs.closeSync = (fd) => {
  pathOf.delete(fd);
  plain.closeSync(fd);
};
replace(fs as unknown as Anything, "close", ((fd: number, answer?: fs.NoParamCallback) => {
  pathOf.delete(fd);
  plain.close(fd, answer);
}) as Function_);
for (const name of ["write", "writev", "ftruncate", "fsync", "fdatasync"]) {
  patch(fs, `${name}Sync`, now, ([fd]) => pathOf.get(fd as number));
  patchCallback(name, ([fd]) => pathOf.get(fd as number));
}
syncBuiltinESMExports();
