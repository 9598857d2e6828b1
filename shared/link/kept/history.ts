import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nextState, ROOT } from "./history-state.ts";
interface Item { readonly seq: number; readonly state: string; readonly parent: string; readonly bytes: Uint8Array }
export interface HistoryOptions { readonly window: number; readonly log: (event: string, fields: Record<string, unknown>) => void }
export class History {
  readonly #folder: string; readonly #window: number; readonly #items = new Map<string, Item>(); #seq = 0; #tip = ROOT; #confirmed = ROOT;
  private constructor(folder: string, window: number) { this.#folder = folder; this.#window = window; }
  static async open(folder: string, options: HistoryOptions): Promise<History> {
    const history = new History(folder, options.window);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of (await readdir(folder)).sort()) {
      const match = /^(\d{12})-([0-9a-f]{16})$/.exec(name);
      if (match === null) continue;
      const all = await readFile(join(folder, name));
      const parent = all.subarray(0, 8).toString("hex"); const bytes = all.subarray(8);
      if (nextState(parent, bytes) !== match[2]) continue;
      history.#add({ seq: Number(match[1]), state: match[2] ?? "", parent, bytes });
    }
    history.#confirmed = (await readFile(join(folder, "confirmed"), "utf8").catch(() => ROOT)).trim();
    return history;
  }
  #add(item: Item): void { this.#items.set(item.state, item); this.#seq = item.seq; this.#tip = item.state; }
  get tip(): string { return this.#tip; }
  get confirmed(): string { return this.#confirmed; }
  has(state: string): boolean { return this.window(state) !== undefined; }
  window(state: string): Uint8Array[] | undefined {
    const items: Uint8Array[] = []; let left = this.#window;
    for (let at = state; at !== ROOT; ) { const item = this.#items.get(at); if (item === undefined) return undefined; left -= item.bytes.length; if (left < 0) break; items.unshift(item.bytes); at = item.parent; }
    return items;
  }
  items(states: readonly string[]): Uint8Array[] | undefined {
    const items = states.map((state) => this.#items.get(state)?.bytes);
    return items.every((one) => one !== undefined) ? (items as Uint8Array[]) : undefined;
  }
  async append(parent: string, bytes: Uint8Array): Promise<string> {
    const state = nextState(parent, bytes); this.#seq += 1;
    this.#add({ seq: this.#seq, state, parent, bytes });
    if (this.#window > 0) await writeFile(join(this.#folder, `${String(this.#seq).padStart(12, "0")}-${state}`), Buffer.concat([Buffer.from(parent, "hex"), bytes]), { mode: 0o600 });
    return state;
  }
  confirm(state: string): void { this.#confirmed = state; }
  async flush(): Promise<void> { await writeFile(join(this.#folder, "confirmed"), this.#confirmed, { mode: 0o600 }); }
  async wipe(): Promise<void> { await rm(this.#folder, { recursive: true, force: true }); }
}
