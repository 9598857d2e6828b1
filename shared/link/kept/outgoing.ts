import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { LogEvent } from "#shared/log/log.js";
import { assertId, isId } from "./names.ts";
import { OutgoingFile } from "./outgoing-file.ts";
import { StoreTrouble } from "./store-trouble.ts";

/**
 * Encoded parcels that were begun and not answered, each a file with the parcel's id as its name: encoded again, later,
 * the same message gives other bytes, and then what the peer holds of it would be of no use. No promise: the message is
 * in its queue, and a file that is lost costs that it is sent from its beginning.
 */

/** What an office may have begun over many cuts; beyond it the longest untouched go. */
const MAX_PARCELS = 256;
/** 256 MB in all. A longer parcel is not kept. */
const MAX_BYTES = 256 * 1024 * 1024;

export class OutgoingParcels {
  readonly #folder: string;
  readonly #trouble: StoreTrouble;
  /** Bytes of each; longest untouched first. */
  #sizes = new Map<string, number>();

  private constructor(folder: string, log: LogEvent) {
    this.#folder = folder;
    this.#trouble = new StoreTrouble(folder, log);
  }

  /** Reads which are there; files that are none of them are removed. */
  static async open(folder: string, log: LogEvent = () => undefined): Promise<OutgoingParcels> {
    const parcels = new OutgoingParcels(folder, log);
    await parcels.#trouble.attempt(() => parcels.#load());
    return parcels;
  }

  async #load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const found: { id: string; size: number; at: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const { size, mtimeMs: at } = await stat(join(this.#folder, name));
      if (isId(name) && size > 0) found.push({ id: name, size, at });
      else await rm(join(this.#folder, name), { recursive: true, force: true });
    }
    // A clock that was wrong changes which are given up first, and nothing else.
    found.sort((one, other) => one.at - other.at);
    this.#sizes = new Map(found.map(({ id, size }) => [id, size]));
    await this.#makeRoom(0, 0);
  }

  has(id: string): boolean {
    return this.#sizes.has(id);
  }

  /** Keeps it under its name when it is whole; on a disk that does not take it, it is not kept. */
  async save(id: string, encoded: Uint8Array): Promise<void> {
    assertId(id);
    await this.drop(id);
    if (encoded.length > MAX_BYTES) return;
    await this.#makeRoom(1, encoded.length);
    const path = join(this.#folder, id);
    await this.#trouble.attempt(async () => {
      await writeFile(`${path}.tmp`, encoded, { mode: 0o600 });
      await rename(`${path}.tmp`, path);
      this.#sizes.set(id, encoded.length);
    });
    // What a full disk has of it would only keep it full.
    if (!this.has(id)) await this.#trouble.attempt(() => rm(`${path}.tmp`, { force: true }));
  }

  /** The same for one that is never in memory. */
  async saveFrom(id: string, encoded: AsyncIterable<Uint8Array>): Promise<void> {
    assertId(id);
    await this.drop(id);
    await this.#makeRoom(1, 0);
    const path = join(this.#folder, id);
    await this.#trouble.attempt(async () => {
      await pipeline(encoded, createWriteStream(`${path}.tmp`, { mode: 0o600 }));
      const { size } = await stat(`${path}.tmp`);
      await rename(`${path}.tmp`, path);
      this.#sizes.set(id, size);
    });
    if (!this.has(id)) await this.#trouble.attempt(() => rm(`${path}.tmp`, { force: true }));
  }

  /** To be sent from; close it. @returns undefined when it is not here, or cannot be read */
  async open(id: string): Promise<OutgoingFile | undefined> {
    assertId(id);
    if (!this.has(id)) return undefined;
    const file = await this.#trouble.attempt(async () => new OutgoingFile(join(this.#folder, id)));
    if (file === undefined) this.#sizes.delete(id);
    return file;
  }

  async drop(id: string): Promise<void> {
    assertId(id);
    this.#sizes.delete(id);
    await this.#trouble.attempt(() => rm(join(this.#folder, id), { force: true }));
  }

  async clear(): Promise<void> {
    for (const id of this.#sizes.keys()) await this.drop(id);
  }

  async #makeRoom(parcels: number, bytes: number): Promise<void> {
    let all = [...this.#sizes.values()].reduce((sum, size) => sum + size, bytes);
    for (const [id, size] of this.#sizes) {
      if (this.#sizes.size + parcels <= MAX_PARCELS && all <= MAX_BYTES) return;
      all -= size;
      await this.drop(id);
    }
  }
}
