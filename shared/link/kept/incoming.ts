import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checksumOf } from "#shared/link/checksum.js";
import type { ParcelHeader } from "#shared/link/parcel.js";
import type { Have } from "#shared/link/wire/hello.js";
import type { Encoding } from "#shared/link/wire/parcel-head.js";
export interface IncomingHead { readonly header: ParcelHeader; readonly encoding: Encoding; readonly encodedLength: number; readonly base: { readonly own: string; readonly other: string }; readonly states: readonly string[] }
interface Kept { readonly head: IncomingHead; offset: number; checksum: string }
export class IncomingParcels {
  readonly #folder: string; readonly #kept = new Map<string, Kept>();
  private constructor(folder: string) { this.#folder = folder; }
  static async open(folder: string): Promise<IncomingParcels> {
    const self = new IncomingParcels(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const id = /^([0-9a-f]{16})\.head$/.exec(name)?.[1]; if (id === undefined) continue;
      const head = JSON.parse(await readFile(join(folder, name), "utf8")) as IncomingHead;
      const body = await readFile(join(folder, `${id}.body`)).catch(() => Buffer.alloc(0));
      if (body.length > 0 && body.length <= head.encodedLength) self.#kept.set(id, { head, offset: body.length, checksum: checksumOf(body) });
    }
    return self;
  }
  list(worthIt: (head: IncomingHead) => boolean): Have[] { return [...this.#kept].filter(([, { head }]) => worthIt(head)).map(([id, { offset, checksum }]) => ({ id, offset, checksum })); }
  get(id: string): { head: IncomingHead; offset: number } | undefined { return this.#kept.get(id); }
  async begin(id: string, head: IncomingHead): Promise<string | undefined> {
    try { await writeFile(join(this.#folder, `${id}.body`), "", { mode: 0o600 }); await writeFile(join(this.#folder, `${id}.head`), JSON.stringify(head), { mode: 0o600 }); return undefined; } catch (error) { return String(error); }
  }
  async write(id: string, bytes: Uint8Array): Promise<string | undefined> {
    try { await appendFile(join(this.#folder, `${id}.body`), bytes); return undefined; } catch (error) { return String(error); }
  }
  body(id: string): Promise<Buffer> { return readFile(join(this.#folder, `${id}.body`)); }
  async drop(id: string): Promise<void> { this.#kept.delete(id); await rm(join(this.#folder, `${id}.head`), { force: true }); await rm(join(this.#folder, `${id}.body`), { force: true }); }
  async clear(): Promise<void> { for (const name of await readdir(this.#folder)) await rm(join(this.#folder, name), { force: true }); }
  endSession(): Promise<void> { return Promise.resolve(); }
}
