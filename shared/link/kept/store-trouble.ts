import type { LogEvent } from "#shared/log/log.js";

/**
 * A disk that fails under one store of this room. It is told once for each store and session, for it would come again
 * with every parcel, and then the store goes on with what it has in memory: nothing here is a promise.
 */
export class StoreTrouble {
  readonly #where: string;
  readonly #log: LogEvent;
  #told = false;

  /** @param where the store's folder or file */
  constructor(where: string, log: LogEvent) {
    this.#where = where;
    this.#log = log;
  }

  /** @throws the error itself when it is none of the disk's */
  tell(error: unknown): void {
    if (!isDiskError(error)) throw error;
    if (this.#told) return;
    this.#told = true;
    this.#log("link-store-trouble", { where: this.#where, text: error.message });
  }

  /** Does it, or tells why it could not be done. @returns undefined then */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.tell(error);
      return undefined;
    }
  }
}

/** What the operating system answers (ENOSPC, EACCES, EROFS …); an error without its number is a bug and no trouble. */
export function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "errno" in error && "code" in error;
}
