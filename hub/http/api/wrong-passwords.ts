import { addressKey } from "#shared/mail/address.js";

/** Tries that cost nothing: people mistype. */
const FREE = 5;
const FIRST_WAIT_MS = 5_000;
const MAX_WAIT_MS = 5 * 60_000;
/** Logins that are remembered; strangers invent them. */
const MAX_REMEMBERED = 10_000;

/** How long a login must wait after wrong passwords: twice as long after each one. It is the login that waits, known or not. */
export class WrongPasswords {
  readonly #now: () => number;
  readonly #tries = new Map<string, { count: number; until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds; 0: it may be tried. */
  wait(login: string): number {
    return Math.max(0, (this.#tries.get(addressKey(login))?.until ?? 0) - this.#now());
  }

  note(login: string): void {
    const key = addressKey(login);
    const count = (this.#tries.get(key)?.count ?? 0) + 1;
    const wait = count < FREE ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (count - FREE), MAX_WAIT_MS);
    // Set anew, so that the one that is forgotten is the one tried longest ago.
    this.#tries.delete(key);
    this.#tries.set(key, { count, until: this.#now() + wait });
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > MAX_REMEMBERED && oldest !== undefined) this.#tries.delete(oldest);
  }

  forget(login: string): void {
    this.#tries.delete(addressKey(login));
  }
}
