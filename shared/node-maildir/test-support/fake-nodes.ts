// Files and directories of the fake disk: what is there now, and what a power cut would leave.

export type Node = File | Directory;

export interface File {
  readonly kind: "file";
  readonly content: Uint8Array;
  /** What the last good fsync saw; a file never synced may come back empty. */
  readonly durable: Uint8Array;
  readonly mtimeMs: number;
  append(data: Uint8Array, nowMs: number): void;
  /** Call the result when the fsync ends. */
  beginSync(): () => void;
  /** A failed fsync: the kernel drops the pages, and later ones succeed without writing them. */
  failSync(): void;
}

/** A name made or (undefined) removed, not yet known to be on the disk. */
export interface Change {
  readonly number: number;
  readonly name: string;
  readonly node: Node | undefined;
}

export interface Directory {
  readonly kind: "directory";
  readonly entries: ReadonlyMap<string, Node>;
  readonly durable: ReadonlyMap<string, Node>;
  /** Made since the last fsync, oldest first. */
  readonly pending: readonly Change[];
  set(name: string, node: Node | undefined): void;
  /** A change that was synced at once. */
  setDurably(name: string, node: Node | undefined): void;
  beginSync(): () => void;
  failSync(): void;
}

export function makeFile(nowMs: number, text: Uint8Array = new Uint8Array()): File {
  return new FakeFile(nowMs, text);
}

export function makeDirectory(entries: ReadonlyMap<string, Node> = new Map()): Directory {
  return new FakeDirectory(entries);
}

class FakeFile implements File {
  readonly kind = "file";
  content: Uint8Array;
  durable: Uint8Array;
  mtimeMs: number;
  #poisoned: boolean = false;

  constructor(nowMs: number, content: Uint8Array) {
    this.content = content;
    this.durable = content;
    this.mtimeMs = nowMs;
  }

  append(data: Uint8Array, nowMs: number): void {
    this.content = Buffer.concat([this.content, data]);
    this.mtimeMs = nowMs;
  }

  beginSync(): () => void {
    const seen = this.content;
    return () => {
      if (!this.#poisoned && seen.length >= this.durable.length) this.durable = seen;
    };
  }

  failSync(): void {
    this.#poisoned = true;
  }
}

class FakeDirectory implements Directory {
  readonly kind = "directory";
  readonly entries: Map<string, Node>;
  readonly durable: Map<string, Node>;
  pending: Change[] = [];
  #changes = 0;

  constructor(entries: ReadonlyMap<string, Node>) {
    this.entries = new Map(entries);
    this.durable = new Map(entries);
  }

  set(name: string, node: Node | undefined): void {
    this.#changes += 1;
    const change = { number: this.#changes, name, node };
    apply(this.entries, change);
    this.pending.push(change);
  }

  setDurably(name: string, node: Node | undefined): void {
    apply(this.entries, { name, node });
    apply(this.durable, { name, node });
    this.pending = this.pending.filter((change) => change.name !== name);
  }

  beginSync(): () => void {
    const seen = this.#changes;
    return () => {
      for (const change of this.pending.filter(({ number }) => number <= seen)) apply(this.durable, change);
      this.pending = this.pending.filter(({ number }) => number > seen);
    };
  }

  // A journal keeps the changes for its next try; that the caller may not trust it is the caller's rule.
  failSync(): void {}
}

export function apply(entries: Map<string, Node>, change: Pick<Change, "name" | "node">): void {
  if (change.node === undefined) entries.delete(change.name);
  else entries.set(change.name, change.node);
}
