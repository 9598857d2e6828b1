import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { type Have, MAX_HAVE } from "#shared/link/wire/hello.js";
import { parcelId } from "#shared/link/wire/parcel-head.js";
import type { LogEvent } from "#shared/log/log.js";
import { type IncomingHead, MAX_HEAD, readHead, type StoredHead, writeHead } from "./incoming-head.ts";
import { assertId, isId } from "./names.ts";
import { isDiskError, StoreTrouble } from "./store-trouble.ts";

export type { IncomingHead } from "./incoming-head.ts";

/**
 * Parcels that are partly here: ID.head says what comes, ID.body is what has come. No promise: the sender keeps the
 * message until it is answered, and a body that is lost or damaged is sent again. So nothing is synced.
 */
interface Kept extends StoredHead {
  /** Bytes that are here, and the hash of them. */
  readonly offset: number;
  readonly hash: Hash;
}

/** Parcels kept from one session to the next: as many as a hello names. */
const MAX_PARCELS = MAX_HAVE;
/** Bytes of bodies in all, 64 MB. One parcel alone may have more: else it could never come. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Shorter bodies are sent again for less than it costs to ask. */
const WORTH_KEEPING = 256;

export class IncomingParcels {
  readonly #folder: string;
  readonly #trouble: StoreTrouble;
  /** Longest untouched first. */
  #kept = new Map<string, Kept>();
  readonly #files = new Map<string, FileHandle>();
  /** Counts sessions, for the order in which parcels are given up; no clock does, for clocks here are often wrong. */
  #session = 1;

  private constructor(folder: string, log: LogEvent) {
    this.#folder = folder;
    this.#trouble = new StoreTrouble(folder, log);
  }

  /** Reads what is there, and removes what is of no use: a head or body alone, a head that is damaged, a wrong length. */
  static async open(folder: string, log: LogEvent = () => undefined): Promise<IncomingParcels> {
    const parcels = new IncomingParcels(folder, log);
    await parcels.#trouble.attempt(() => parcels.#load());
    return parcels;
  }

  async #load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const found: [string, Kept][] = [];
    for (const name of await readdir(this.#folder)) {
      const [id = "", kind] = name.split(".");
      const kept = kind === "head" && isId(id) ? await this.#read(id) : undefined;
      if (kept !== undefined) found.push([id, kept]);
    }
    this.#kept = new Map(found.sort(([, one], [, other]) => one.session - other.session));
    this.#session = Math.max(0, ...found.map(([, { session }]) => session)) + 1;
    for (const name of await readdir(this.#folder)) {
      const useful = /\.(head|body)$/.test(name) && this.#kept.has(name.slice(0, name.indexOf(".")));
      if (!useful) await rm(join(this.#folder, name), { recursive: true, force: true });
    }
    await this.#withinLimits();
  }

  async #read(id: string): Promise<Kept | undefined> {
    try {
      if ((await stat(this.#path(id, "head"))).size > MAX_HEAD) return undefined;
      const stored = readHead(await readFile(this.#path(id, "head"), "utf8"));
      if (stored === undefined || parcelId(stored.head.header) !== id) return undefined;
      const { size } = await stat(this.#path(id, "body"));
      if (size === 0 || size > stored.head.encodedLength) return undefined;
      const body = await readFile(this.#path(id, "body"));
      return { ...stored, offset: body.length, hash: createHash("sha256").update(body) };
    } catch (error) {
      if (isDiskError(error)) return undefined;
      throw error;
    }
  }

  /** For the hello. @param worthIt whether this end could decode it when the rest has come */
  list(worthIt: (head: IncomingHead) => boolean): Have[] {
    const useful = [...this.#kept].filter(([, { head }]) => worthIt(head));
    return useful.slice(-MAX_HAVE).map(([id, { offset, hash }]) => ({ id, offset, checksum: checksumSoFar(hash) }));
  }

  /** What each will be decoded with; last touched first. */
  assumed(): Pick<IncomingHead, "base" | "states">[] {
    return [...this.#kept.values()].map(({ head: { base, states } }) => ({ base, states })).reverse();
  }

  get(id: string): { head: IncomingHead; offset: number } | undefined {
    return this.#kept.get(id);
  }

  /** A body begins; what was here of it is gone. @returns what the disk has against it, for people */
  async begin(id: string, head: IncomingHead): Promise<string | undefined> {
    assertId(id);
    await this.drop(id);
    await this.#withinLimits(1);
    return this.#problemOf(
      async () => {
        // The body first: a new head never stands over an old body.
        this.#files.set(id, await open(this.#path(id, "body"), "w", 0o600));
        await writeFile(this.#path(id, "head"), writeHead({ head, session: this.#session }), { mode: 0o600 });
        this.#kept.set(id, { head, session: this.#session, offset: 0, hash: createHash("sha256") });
      },
      () => this.drop(id),
    );
  }

  /**
   * More of a body, after what is here. One call at a time for each parcel.
   *
   * @returns what the disk or the limit has against it, for people; what was here before is still whole
   */
  async write(id: string, bytes: Uint8Array): Promise<string | undefined> {
    assertId(id);
    const kept = this.#kept.get(id);
    if (kept === undefined) return "nothing of it is here";
    this.#touch(id, kept);
    await this.#withinLimits(0, bytes.length);
    if (this.#bytes() + bytes.length > MAX_BYTES && this.#kept.size > 1)
      return `${this.#kept.size} parcels are coming at once and have more than ${MAX_BYTES} bytes`;
    return this.#problemOf(
      async () => {
        const file = this.#files.get(id) ?? (await this.#reopen(id, kept));
        await file.appendFile(bytes);
        kept.hash.update(bytes);
        this.#touch(id, { ...kept, offset: kept.offset + bytes.length });
      },
      async () => {
        await this.#close(id);
        await truncate(this.#path(id, "body"), kept.offset);
      },
    );
  }

  /** The same without holding it in memory. Errors of the disk are the stream's. */
  stream(id: string): AsyncIterable<Uint8Array> {
    assertId(id);
    return createReadStream(this.#path(id, "body"));
  }

  /** All of it that is here. @throws the disk's error */
  async body(id: string): Promise<Buffer> {
    assertId(id);
    return readFile(this.#path(id, "body"));
  }

  /** It is whole and taken, or of no use. */
  async drop(id: string): Promise<void> {
    assertId(id);
    this.#kept.delete(id);
    await this.#trouble.attempt(async () => {
      await this.#close(id);
      await rm(this.#path(id, "head"), { force: true });
      await rm(this.#path(id, "body"), { force: true });
    });
  }

  /** Nothing is partly here any more. */
  async clear(): Promise<void> {
    for (const id of this.#kept.keys()) await this.drop(id);
  }

  /** Closes the files. What is not worth going on with is dropped. */
  async endSession(): Promise<void> {
    for (const id of this.#files.keys()) await this.#trouble.attempt(() => this.#close(id));
    this.#session += 1;
    for (const [id, { offset }] of this.#kept) if (offset < WORTH_KEEPING) await this.drop(id);
    await this.#withinLimits();
  }

  /** A body that began in an earlier session goes on. Its head says now that it was touched in this one. */
  async #reopen(id: string, { head }: Kept): Promise<FileHandle> {
    const next = join(this.#folder, `${id}.next`);
    await writeFile(next, writeHead({ head, session: this.#session }), { mode: 0o600 });
    await rename(next, this.#path(id, "head"));
    const file = await open(this.#path(id, "body"), "a");
    this.#files.set(id, file);
    return file;
  }

  #touch(id: string, kept: Kept): void {
    this.#kept.delete(id);
    this.#kept.set(id, { ...kept, session: this.#session });
  }

  /** Gives up what was untouched for longest; never what came in this session, which the session's credit bounds. */
  async #withinLimits(parcels = 0, bytes = 0): Promise<void> {
    for (const [id, { session }] of this.#kept) {
      const within = this.#kept.size + parcels <= MAX_PARCELS && this.#bytes() + bytes <= MAX_BYTES;
      if (within || session === this.#session) return;
      await this.drop(id);
    }
  }

  #bytes(): number {
    return [...this.#kept.values()].reduce((sum, { offset }) => sum + offset, 0);
  }

  async #problemOf(work: () => Promise<void>, undo: () => Promise<void>): Promise<string | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      this.#trouble.tell(error);
      await this.#trouble.attempt(undo);
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #close(id: string): Promise<void> {
    const file = this.#files.get(id);
    this.#files.delete(id);
    await file?.close();
  }

  #path(id: string, kind: "head" | "body"): string {
    return join(this.#folder, `${id}.${kind}`);
  }
}

/** The same as `checksumOf` of all the bytes. */
function checksumSoFar(hash: Hash): string {
  return hash.copy().digest("hex").slice(0, 16);
}
