import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LogEvent } from "#shared/log/log.js";
import { HistoryChain, type Item, type Pin } from "./history-chain.ts";
import { isItemName, itemName, MAX_FILE, readItem, writeItem } from "./history-file.ts";
import { nextState, ROOT } from "./history-state.ts";
import { isId } from "./names.ts";
import { isDiskError, StoreTrouble } from "./store-trouble.ts";

/**
 * What has crossed in one direction between this node and one peer, so that new mail can be said in terms of old. Nothing
 * is synced: an item that a crash loses costs bytes on the line, never a letter, for the peer names the state that it
 * assumes and the message's own checksum decides. A disk that fails leaves the history in memory, for this session.
 */
export interface HistoryOptions {
  /** Bytes of items that one window may have, and half of what is kept; 0: no history, and what is there is removed. */
  readonly window: number;
  /** What must outlast newer mail, the most important first; two windows of bytes in all. Asked for again and again. */
  readonly pins?: () => readonly Pin[];
  readonly log: LogEvent;
}

const CONFIRMED = "confirmed";
/** Confirmations that a crash may lose; each costs that the next session begins from an older state. */
const CONFIRMATIONS_A_SAVE = 32;
/** Files read at once when it is opened. */
const READ_AT_ONCE = 32;

export class History {
  readonly #folder: string;
  readonly #window: number;
  readonly #log: LogEvent;
  readonly #trouble: StoreTrouble;
  readonly #pins: () => readonly Pin[];
  #chain: HistoryChain;
  #seq = 0;
  #confirmed = ROOT;
  #unsaved = 0;
  /** Changes on the disk, one after the other: a file that is renamed or removed has been written before. */
  #disk: Promise<void> = Promise.resolve();

  private constructor(folder: string, { window, pins = () => [], log }: HistoryOptions) {
    this.#folder = folder;
    this.#window = window;
    this.#pins = pins;
    this.#log = log;
    this.#trouble = new StoreTrouble(folder, log);
    this.#chain = new HistoryChain(window);
  }

  /** Reads what is there; damaged items are removed. A disk that fails gives an empty history, and one log line. */
  static async open(folder: string, options: HistoryOptions): Promise<History> {
    const history = new History(folder, options);
    if (options.window === 0) await history.wipe();
    else await history.#trouble.attempt(() => history.#load());
    return history;
  }

  /** The newest state that `has` knows; the newest item's, unless something before it is missing. */
  get tip(): string {
    return this.#chain.tip;
  }

  /** The newest state that the peer is known to have. It need not be held here any more. */
  get confirmed(): string {
    return this.#confirmed;
  }

  /** Whether `window` knows this state. Cheap: asked for every parcel. */
  has(state: string): boolean {
    return this.#chain.has(state);
  }

  /**
   * Items that lead to a state, oldest first, as many as fit into the window; undefined when one of them is missing. It
   * depends on the state and the window's size only, so that both ends get the same.
   */
  window(state: string): Uint8Array[] | undefined {
    return this.#chain.window(state);
  }

  /** The items that have led to these states; undefined unless all are held. */
  items(states: readonly string[]): Uint8Array[] | undefined {
    return this.#chain.items(states);
  }

  /**
   * Takes an item as the newest. One that is held already is not written again.
   *
   * @param bytes never empty: an item begins with its envelope
   * @returns the state that it leads to; the file is written, if the disk takes it
   */
  async append(parent: string, bytes: Uint8Array): Promise<string> {
    const state = nextState(parent, bytes);
    if (this.#window === 0) return state;
    this.#seq += 1;
    const { length } = bytes;
    const item = { seq: this.#seq, state, parent, length, ...(length > this.#window ? {} : { bytes }) };
    const before = this.#chain.get(state);
    this.#chain.add(item);
    const gone = this.#chain.trim(this.#pins);
    await this.#change(async () => {
      if (before === undefined) await writeFile(this.#path(item), writeItem(item), { mode: 0o600 });
      else await rename(this.#path(before), this.#path(item));
    });
    // By itself: where nothing can be written any more, removing may still help.
    if (gone.length > 0) await this.#change(() => this.#remove(gone.map(itemName)));
    return state;
  }

  /** The peer has said that it holds this state. On the disk now and then, and at `flush`. */
  confirm(state: string): void {
    if (this.#window === 0 || state === this.#confirmed) return;
    this.#confirmed = state;
    this.#unsaved += 1;
    if (this.#unsaved >= CONFIRMATIONS_A_SAVE) void this.flush();
  }

  /** Everything is written, as far as the disk takes it. */
  flush(): Promise<void> {
    if (this.#unsaved === 0) return this.#disk;
    this.#unsaved = 0;
    const path = join(this.#folder, CONFIRMED);
    return this.#change(async () => {
      await writeFile(`${path}.tmp`, this.#confirmed, { mode: 0o600 });
      await rename(`${path}.tmp`, path);
    });
  }

  /** Forgets everything, here and on the disk. */
  wipe(): Promise<void> {
    this.#chain = new HistoryChain(this.#window);
    this.#confirmed = ROOT;
    this.#unsaved = 0;
    return this.#change(async () => {
      await rm(this.#folder, { recursive: true, force: true });
      if (this.#window > 0) await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    });
  }

  async #load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(this.#folder)).filter(isItemName).sort();
    const damaged: string[] = [];
    const gone: Item[] = [];
    for (let from = 0; from < names.length; from += READ_AT_ONCE) {
      const some = names.slice(from, from + READ_AT_ONCE);
      const contents = await Promise.all(some.map((name) => readSmall(join(this.#folder, name))));
      for (const [index, name] of some.entries()) {
        const item = readItem(name, contents[index] ?? Buffer.alloc(0));
        if (item === undefined) damaged.push(name);
        else gone.push(...this.#take(item));
      }
    }
    // Only now: which items a pinned window needs is known when all of them are here.
    gone.push(...this.#chain.trim(this.#pins));
    this.#seq = this.#chain.seq;
    await this.#readConfirmed();
    if (damaged.length > 0) this.#log("history-damaged", { where: this.#folder, files: damaged.length });
    await this.#disk;
    await this.#remove([...damaged, ...gone.map(itemName).filter((name) => !this.#holds(name))]);
  }

  #holds(name: string): boolean {
    const [, state = ""] = name.split(/[-.]/);
    const item = this.#chain.get(state);
    return item !== undefined && itemName(item) === name;
  }

  /** What does not fit into a window that has been made smaller becomes a mark of itself. */
  #take(item: Item): Item[] {
    if (item.bytes === undefined || item.length <= this.#window) return this.#chain.add(item);
    const { bytes: _, ...mark } = item;
    void this.#change(() => writeFile(this.#path(mark), writeItem(mark), { mode: 0o600 }));
    return [item, ...this.#chain.add(mark)];
  }

  async #readConfirmed(): Promise<void> {
    const content = await readSmall(join(this.#folder, CONFIRMED));
    const state = content?.toString("latin1") ?? "";
    this.#confirmed = isId(state) ? state : ROOT;
  }

  #change(work: () => Promise<void>): Promise<void> {
    this.#disk = this.#disk.then(() => this.#trouble.attempt(work));
    return this.#disk;
  }

  async #remove(names: readonly string[]): Promise<void> {
    for (const name of names) await rm(join(this.#folder, name), { force: true });
  }

  #path(item: Item): string {
    return join(this.#folder, itemName(item));
  }
}

/** A file that cannot be read is as good as damaged; so is one that is longer than any of ours. */
async function readSmall(path: string): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(path);
    return size <= MAX_FILE ? await readFile(path) : undefined;
  } catch (error) {
    if (isDiskError(error)) return undefined;
    throw error;
  }
}
