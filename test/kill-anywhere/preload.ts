/**
 * Loaded into a node with `--import`, before any of its own code: numbers the durable calls that the process makes
 * and ends it with SIGKILL at the one that was asked for. The product knows nothing of it.
 *
 * A durable call is one whose effect is still there after the process has died: a file made, written, synced,
 * named or removed below QRELAY_KILL_DIR, and a committed change of a database there. Lock files are left out.
 */
import fs from "node:fs";
import promises, { type FileHandle } from "node:fs/promises";
import { createRequire, syncBuiltinESMExports } from "node:module";
import type Driver from "better-sqlite3";
import type { Told, ToVictim } from "./protocol.ts";

const root = process.env.QRELAY_KILL_DIR ?? "";
/** Which call ends the process; 0 counts only. */
let fatal = Number(process.env.QRELAY_KILL_AT ?? 0);
let after = process.env.QRELAY_KILL_MODE === "after";
/** With a number in the environment counting begins at once, otherwise when the harness says so. */
let armed = process.env.QRELAY_KILL_AT !== undefined;

const labels: string[] = [];
let underWay = 0;
let lastAt = performance.now();

const real = { writeFileSync: fs.writeFileSync, open: promises.open };

function die(label: string): never {
  real.writeFileSync(`${root}.killed`, label);
  process.kill(process.pid, "SIGKILL");
  // The signal takes hold when the call above returns; nothing may happen until then.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** @returns the call's number, 0 when it is not counted */
function begin(label: string): number {
  lastAt = performance.now();
  underWay += 1;
  if (!armed) return 0;
  labels.push(label);
  if (!after && labels.length === fatal) die(`before call ${fatal}: ${label}`);
  return labels.length;
}

function end(number: number): void {
  underWay -= 1;
  lastAt = performance.now();
  if (after && number > 0 && number === fatal) die(`after call ${fatal}: ${labels[number - 1]}`);
}

function now<T>(label: string, work: () => T): T {
  const number = begin(label);
  try {
    return work();
  } finally {
    end(number);
  }
}

async function later<T>(label: string, work: () => Promise<T>): Promise<T> {
  const number = begin(label);
  try {
    return await work();
  } finally {
    end(number);
  }
}

/** The path below the node's folder, or undefined when it is none of ours. */
function ours(path: unknown): string | undefined {
  const text = path instanceof URL ? path.pathname : String(path);
  if (!text.startsWith(`${root}/`) || /\.lock(\.holder|-\w+)?$/.test(text)) return undefined;
  return text.slice(root.length + 1);
}

type Function_ = (...words: never[]) => unknown;
type Anything = Record<string, Function_>;

/** Replaces `holder[name]`; `label` says what the call is called, or undefined when it is not counted. */
function patch(
  holder: object,
  name: string,
  run: typeof now | typeof later,
  label: (words: readonly unknown[], self: object) => string | undefined,
): void {
  const table = holder as Anything;
  const original = table[name];
  if (original === undefined) throw new Error(`There is no ${name} to watch`);
  replace(table, name, function (this: object, ...words: never[]) {
    const said = label(words, this);
    const work = () => original.apply(this, words);
    return said === undefined ? work() : run(`${name.replace(/Sync$/, "")} ${said}`, work as () => Promise<unknown>);
  } as Function_);
}

/** The same for a call that answers its last argument. */
function patchCallback(name: string, label: (words: readonly unknown[]) => string | undefined): void {
  const table = fs as unknown as Anything;
  const original = table[name];
  if (original === undefined) throw new Error(`There is no ${name} to watch`);
  replace(table, name, ((...words: unknown[]) => {
    const said = label(words);
    if (said === undefined) return original(...(words as never[]));
    const number = begin(`${name} ${said}`);
    const answer = words.pop() as (...values: unknown[]) => void;
    const answered = (...values: unknown[]): void => {
      end(number);
      answer(...values);
    };
    return original(...([...words, answered] as never[]));
  }) as Function_);
}

/** promisify() finds out by hidden properties of `fs.write` and its like what their promise is: they go along. */
function replace(table: Anything, name: string, by: Function_): void {
  Object.defineProperties(by, Object.getOwnPropertyDescriptors(table[name] as object));
  table[name] = by;
}

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
const probe = await real.open(import.meta.filename);
const handles = Object.getPrototypeOf(probe) as object;
await probe.close();
promises.open = async (path, flags, mode) => {
  const file = ours(path);
  const open = () => real.open(path, flags, mode);
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

/** What was written in the transaction that is open now: it names the commit. */
const written = new WeakMap<object, string>();

/** Inside a transaction nothing is durable yet: the commit is the call, if there was something to commit. */
function sqlLabel(database: Driver.Database, sql: string, readonly: boolean): string | undefined {
  const file = ours(database.name);
  const [verb = ""] = sql.trim().toUpperCase().split(/\s+/);
  if (file === undefined || verb === "ROLLBACK") return undefined;
  if (verb === "BEGIN") written.delete(database);
  if (verb === "COMMIT") return written.has(database) ? `${file}: commit of ${written.get(database)}` : undefined;
  if (verb === "BEGIN" || readonly) return undefined;
  const short = sql
    .trim()
    .split(/[\s(]+/)
    .slice(0, 5)
    .join(" ");
  if (!database.inTransaction) return `${file}: ${short}`;
  written.set(database, short);
  return undefined;
}

const Sqlite = createRequire(import.meta.url)("better-sqlite3") as typeof Driver;
const memory = new Sqlite(":memory:");
const statements = Object.getPrototypeOf(memory.prepare("SELECT 1")) as object;
memory.close();
for (const name of ["run", "get", "all"]) {
  patch(statements, name, now, (_words, self) => {
    const { database, source, readonly } = self as Driver.Statement;
    return sqlLabel(database, source, readonly);
  });
}
patch(Sqlite.prototype as object, "exec", now, ([sql], self) => sqlLabel(self as Driver.Database, String(sql), false));

// A restart is seldom in the same second as the death before it, and names that hold a second must not hide that.
const ahead = Number(process.env.QRELAY_KILL_CLOCK_AHEAD_MS ?? 0);
if (ahead > 0) {
  const Plain = Date;
  globalThis.Date = class extends Plain {
    constructor(...words: [] | [string | number]) {
      super(...((words.length === 0 ? [Plain.now() + ahead] : words) as [number]));
    }
    static override now(): number {
      return Plain.now() + ahead;
    }
  } as DateConstructor;
}

// A command ends by itself: what it would have told is left in a file.
if (armed && fatal === 0) process.once("exit", () => real.writeFileSync(`${root}.counted`, JSON.stringify(labels)));

/** Start-up work goes on for some milliseconds after the ready line; the count begins when it has ended. */
const QUIET_MS = 30;

if (process.send !== undefined) {
  process.on("message", (message: ToVictim) => {
    if (message.ask === "count") tell({ count: labels.length, labels, quiet: isQuiet() });
    else
      whenQuiet(() => {
        fatal = message.at;
        after = message.mode === "after";
        armed = true;
        tell({ count: 0, labels: [], quiet: true });
      });
  });
  process.channel?.unref();
}

function tell(told: Told): void {
  process.send?.(told);
}

function isQuiet(): boolean {
  return underWay === 0 && performance.now() - lastAt > QUIET_MS;
}

function whenQuiet(act: () => void): void {
  if (isQuiet()) act();
  else setTimeout(whenQuiet, 5, act);
}
