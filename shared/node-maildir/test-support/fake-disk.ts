// A disk in memory for tests: it fails at a chosen call, or loses power there. After a power cut a file has what its
// last fsync saw, and a name is there if its directory was synced since; the rest may each be lost or kept.
import { constants } from "node:fs";
import { dirname } from "node:path";
import type { MaildirFs, MaildirHandle, MaildirStat } from "../src/fs.ts";
import { type Directory, type File, makeDirectory, makeFile, type Node } from "./fake-nodes.ts";
import { type Fate, survivorsOf } from "./power-cut.ts";

export interface DiskFault {
  /** The first call is 1. */
  readonly at: number;
  /** An errno name; "POWER" ends the machine: this call and all later ones fail and change nothing. */
  readonly code: string;
}

/** One call, for assertions about order: "sync /m/new". */
export type DiskCall = string;

export class FakeDisk implements MaildirFs {
  /** Every call made, in order, with the path. */
  readonly calls: DiskCall[] = [];
  readonly #root: Directory;
  readonly #now: () => number;
  #fault: DiskFault | undefined;

  constructor(options: { fault?: DiskFault; root?: Directory; now?: () => number } = {}) {
    this.#root = options.root ?? makeDirectory();
    this.#fault = options.fault;
    this.#now = options.now ?? Date.now;
  }

  /** Counted from the next call: `at` 1 is the next one. */
  failNext(at: number, code: string): void {
    this.#fault = { at: this.calls.length + at, code };
  }

  /** The disk as it may be found after a power cut: everything not synced lost, kept, or (a seed) some of each. */
  crash(fate: Fate = "lost"): FakeDisk {
    return new FakeDisk({ root: survivorsOf(this.#root, fate), now: this.#now });
  }

  /** What is there now, without a call: names in a directory, [] when there is none. */
  names(path: string): string[] {
    const node = this.#find(path);
    return node?.kind === "directory" ? [...node.entries.keys()].sort() : [];
  }

  /** The text of a file now, without a call. */
  text(path: string): string | undefined {
    const node = this.#find(path);
    return node?.kind === "file" ? Buffer.from(node.content).toString() : undefined;
  }

  /** Another program, such as an IMAP server, moves a file and has it synced; no call of ours. No power, no move. */
  moveByReader(from: string, to: string): void {
    const node = this.#find(from);
    if (node === undefined || this.#find(dirname(to)) === undefined || this.#off()) return;
    this.#parent("move", to).setDurably(basename(to), node);
    this.#parent("move", from).setDurably(basename(from), undefined);
  }

  async open(path: string, flags: number, _mode?: number): Promise<MaildirHandle> {
    await this.#call("open", path);
    const known = this.#find(path);
    const exclusive = (flags & constants.O_EXCL) !== 0;
    if (known !== undefined && exclusive) throw errno("EEXIST", "open", path);
    if (known !== undefined) return this.#handle(known, path);
    if ((flags & constants.O_CREAT) === 0) throw errno("ENOENT", "open", path);
    const file = makeFile(this.#now());
    this.#parent("open", path).set(basename(path), file);
    return this.#handle(file, path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call("rename", from, to);
    const node = this.#existing("rename", from);
    // Two directories, two changes: POSIX lets a power cut keep one and lose the other.
    this.#parent("rename", to).set(basename(to), node);
    this.#parent("rename", from).set(basename(from), undefined);
  }

  async link(existing: string, name: string): Promise<void> {
    await this.#call("link", existing, name);
    const node = this.#existing("link", existing);
    if (this.#find(name) !== undefined) throw errno("EEXIST", "link", name);
    this.#parent("link", name).set(basename(name), node);
  }

  async unlink(path: string): Promise<void> {
    await this.#call("unlink", path);
    if (this.#existing("unlink", path).kind === "directory") throw errno("EISDIR", "unlink", path);
    this.#parent("unlink", path).set(basename(path), undefined);
  }

  async mkdir(path: string, _options: { mode: number }): Promise<void> {
    await this.#call("mkdir", path);
    if (this.#find(path) !== undefined) throw errno("EEXIST", "mkdir", path);
    this.#parent("mkdir", path).set(basename(path), makeDirectory());
  }

  async readdir(path: string): Promise<string[]> {
    await this.#call("readdir", path);
    const node = this.#existing("readdir", path);
    if (node.kind !== "directory") throw errno("ENOTDIR", "readdir", path);
    return [...node.entries.keys()];
  }

  async stat(path: string): Promise<MaildirStat> {
    await this.#call("stat", path);
    return statusOf(this.#existing("stat", path));
  }

  async lstat(path: string): Promise<MaildirStat> {
    await this.#call("lstat", path);
    return statusOf(this.#existing("lstat", path));
  }

  #handle(node: Node, path: string): MaildirHandle {
    return {
      write: async (data, offset, length) => {
        await this.#call("write", path);
        const file = asFile(node, "write", path);
        file.append(data.subarray(offset, offset + length), this.#now());
        return { bytesWritten: length };
      },
      read: async (into, offset, length, position) => {
        await this.#call("read", path);
        const piece = asFile(node, "read", path).content.subarray(position, position + length);
        into.set(piece, offset);
        return { bytesRead: piece.length };
      },
      sync: async () => {
        try {
          await this.#call("sync", path);
        } catch (error) {
          node.failSync();
          throw error;
        }
        // What changes after this moment is not covered, though the call takes a while.
        const finish = node.beginSync();
        await pause();
        if (this.#off()) throw errno("POWER", "sync", path);
        finish();
      },
      stat: async () => {
        await this.#call("fstat", path);
        return statusOf(node);
      },
      close: async () => await this.#call("close", path),
    };
  }

  async #call(what: string, ...paths: string[]): Promise<void> {
    this.calls.push([what, ...paths].join(" "));
    const fault = this.#fault;
    const number = this.calls.length;
    await pause();
    if (fault === undefined) return;
    if (number === fault.at || (fault.code === "POWER" && this.#off())) throw errno(fault.code, what, paths.join(" "));
  }

  // From the moment the fatal call was made, nothing that was still under way happens either.
  #off(): boolean {
    return this.#fault?.code === "POWER" && this.calls.length >= this.#fault.at;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of path.split("/").filter((part) => part !== "")) {
      node = node?.kind === "directory" ? node.entries.get(name) : undefined;
    }
    return node;
  }

  #existing(what: string, path: string): Node {
    const node = this.#find(path);
    if (node === undefined) throw errno("ENOENT", what, path);
    return node;
  }

  #parent(what: string, path: string): Directory {
    const node = this.#existing(what, dirname(path));
    if (node.kind !== "directory") throw errno("ENOTDIR", what, path);
    return node;
  }
}

// A few turns of the event loop's queue, so that calls under way at once overlap as they do on a real disk.
async function pause(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await Promise.resolve();
}

function errno(code: string, what: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${what} ${path}`), { code });
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function asFile(node: Node, what: string, path: string): File {
  if (node.kind !== "file") throw errno("EISDIR", what, path);
  return node;
}

function statusOf(node: Node): MaildirStat {
  const isFile = node.kind === "file";
  const time = isFile ? node.mtimeMs : 0;
  return {
    isFile: () => isFile,
    isDirectory: () => !isFile,
    size: isFile ? node.content.length : 0,
    mtimeMs: time,
    atimeMs: time,
  };
}
