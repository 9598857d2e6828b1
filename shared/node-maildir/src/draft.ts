// Promise held: a file in new/ is whole and its bytes are on the disk. A crash before commit() resolves leaves either
// nothing in new/ (and perhaps a file in tmp/), or the whole message: the sender will repeat, so repeat by name.
import { type Box, filePath, folderPath } from "./box.ts";
import { type Chunks, discard, isMissing } from "./durable.ts";
import { errnoOf, NotAMessageError } from "./errors.ts";
import { syncTogether } from "./sync-together.ts";
import { letGo, writeTmpFile } from "./tmp-file.ts";

/**
 * Writes a message into `tmp/`. A name given by the caller may be the repeat of an earlier delivery, unless the caller
 * says that it is `fresh`.
 */
export async function writeDraft(
  box: Box,
  chunks: Chunks,
  givenName: string | undefined,
  fresh: boolean = false,
): Promise<Draft> {
  const name = givenName ?? box.uniqueName();
  const tmpPath = await writeTmpFile(box, name, chunks);
  return new Draft(box, name, tmpPath, givenName !== undefined && !fresh);
}

/** A whole message in `tmp/`, its bytes synced, that nobody sees yet. Commit it or abort it. */
export class Draft {
  /** The name it will have in `new/`. */
  readonly name: string;
  /** Where it lies now. */
  readonly tmpPath: string;
  readonly #box: Box;
  readonly #mayExist: boolean;
  #state: "drafted" | "committing" | "ended" = "drafted";
  #existed = false;

  /** @internal made by `Maildir.draft` */
  constructor(box: Box, name: string, tmpPath: string, mayExist: boolean) {
    this.#box = box;
    this.name = name;
    this.tmpPath = tmpPath;
    this.#mayExist = mayExist;
  }

  /** After `commit`: the name was already in `new/`, and that file was kept instead of this one. */
  get existed(): boolean {
    return this.#existed;
  }

  /**
   * Moves it to `new/` and syncs that directory: from then on it is durable and may be acknowledged. When this
   * throws, do not acknowledge, and call `abort`: either the move failed (nothing is in `new/`), or the directory's
   * fsync failed (the message may stay in `new/`, whole; deliver the repeat under the same name).
   */
  async commit(): Promise<void> {
    if (this.#state !== "drafted") {
      throw new Error(`Cannot commit the draft "${this.name}": it was committed or aborted`);
    }
    this.#state = "committing";
    await this.#moveToNew();
    await syncTogether(this.#box.fs, folderPath(this.#box, "new"));
    // The first name goes last: where it is gone, the second one is on the disk. Who finds it after a crash can tell.
    if (this.#mayExist) await discard(this.#box.fs, this.tmpPath);
    this.#state = "ended";
    letGo(this.#box.fs, this.tmpPath);
  }

  /** Syncs `tmp/`, so that the file is still found there under its tmp name after a power cut. */
  async syncName(): Promise<void> {
    await syncTogether(this.#box.fs, folderPath(this.#box, "tmp"));
  }

  /** Removes the tmp file. Never throws, does nothing after a commit that resolved: fit for `finally`. */
  async abort(): Promise<void> {
    if (this.#state === "ended") return;
    this.#state = "ended";
    await discard(this.#box.fs, this.tmpPath);
    letGo(this.#box.fs, this.tmpPath);
  }

  async #moveToNew(): Promise<void> {
    const target = filePath(this.#box, "new", this.name);
    if (!this.#mayExist) return this.#box.fs.rename(this.tmpPath, target);
    // link() and not rename(): rename would put the first version back over one that was replaced since.
    try {
      await this.#box.fs.link(this.tmpPath, target);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      await isInNew(this.#box, this.name); // false: a reader has moved it to cur/ since, so it was there too
      this.#existed = true;
    }
  }
}

/** Whether `new/NAME` is there. Throws NotAMessageError when something else has taken the name. */
export async function isInNew(box: Box, name: string): Promise<boolean> {
  const path = filePath(box, "new", name);
  try {
    const status = await box.fs.lstat(path);
    if (status.isFile()) return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  throw new NotAMessageError(`Cannot deliver "${name}": ${path} is not a regular file; move it away`);
}
