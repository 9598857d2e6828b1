import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
export class OutgoingParcels {
  readonly #folder: string; readonly #ids: Set<string>;
  private constructor(folder: string, ids: readonly string[]) { this.#folder = folder; this.#ids = new Set(ids); }
  static async open(folder: string): Promise<OutgoingParcels> { await mkdir(folder, { recursive: true, mode: 0o700 }); return new OutgoingParcels(folder, await readdir(folder)); }
  has(id: string): boolean { return this.#ids.has(id); }
  async save(id: string, encoded: Uint8Array): Promise<void> { await writeFile(join(this.#folder, id), encoded, { mode: 0o600 }); this.#ids.add(id); }
  async load(id: string): Promise<{ encoded: Buffer } | undefined> { return this.#ids.has(id) ? { encoded: await readFile(join(this.#folder, id)) } : undefined; }
  async drop(id: string): Promise<void> { this.#ids.delete(id); await rm(join(this.#folder, id), { force: true }); }
  async clear(): Promise<void> { for (const id of this.#ids) await this.drop(id); }
}
