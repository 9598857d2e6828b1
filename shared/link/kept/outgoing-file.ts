import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** An encoded parcel on the disk, read piece by piece as the line takes it: a few KB a second at the most, so not worth a thread. */
export class OutgoingFile {
  readonly length: number;
  readonly #fd: number;

  /** @throws what the disk says */
  constructor(path: string) {
    this.#fd = openSync(path, "r");
    this.length = fstatSync(this.#fd).size;
  }

  /** @throws RangeError when the file has become shorter */
  piece(offset: number, length: number): Uint8Array {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const read = readSync(this.#fd, bytes, done, length - done, offset + done);
      if (read === 0) throw new RangeError(`Cannot read an encoded parcel: it ends at byte ${offset + done}`);
      done += read;
    }
    return bytes;
  }

  /** Of the first bytes: as `checksumOf` gives it. */
  checksum(length: number): string {
    const hash = createHash("sha256");
    for (let at = 0; at < length; at += STEP) hash.update(this.piece(at, Math.min(STEP, length - at)));
    return hash.digest("hex").slice(0, 16);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

const STEP = 64 * 1024;
