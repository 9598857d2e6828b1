// What was promised about each message, and whether a disk keeps the promises.
import type { FakeDisk } from "./fake-disk.ts";

/** A version of a message: its whole text, or undefined for "not there". */
export type Version = string | undefined;

/** Writes down each step as it begins and as it is acknowledged. Every text must occur once. */
export class Ledger {
  /** What may be found of each message: one version once acknowledged, else each one it may have. */
  readonly #possible = new Map<string, ReadonlySet<Version>>();
  readonly #texts = new Set<string>();
  /** The errors of steps that were not acknowledged. */
  readonly rejected: unknown[] = [];

  /**
   * Runs one step that turns a message from what it is into `after`.
   *
   * @returns what the step returned, or undefined when it was rejected
   */
  async step<T>(message: string, after: Version, act: () => Promise<T>): Promise<T | undefined> {
    const before = this.#possible.get(message) ?? new Set([undefined]);
    this.#possible.set(message, new Set([...before, after]));
    if (after !== undefined) this.#texts.add(after);
    try {
      const result = await act();
      this.#possible.set(message, new Set([after]));
      return result;
    } catch (error) {
      this.rejected.push(error);
      return undefined;
    }
  }

  /** Every broken promise in words; [] when the disk is as it must be. */
  check(disk: FakeDisk, maildir: string): string[] {
    const visible = textsIn(disk, maildir);
    const problems = [...this.#possible].flatMap(([message, possible]) => judge(message, possible, visible));
    const torn = visible.filter((text) => !this.#texts.has(text)).map((text) => `torn: ${JSON.stringify(text)}`);
    return [...problems, ...torn];
  }
}

function judge(message: string, possible: ReadonlySet<Version>, visible: readonly string[]): string[] {
  const seen = visible.filter((text) => text.startsWith(titleOf(message)));
  if (seen.length > 1) return [`${message}: there ${seen.length} times`];
  if (possible.has(seen[0])) return [];
  return [`${message}: found ${show(seen[0])}, promised ${[...possible].map(show).join(" or ")}`];
}

/** How every text of a message begins. */
export function titleOf(message: string): string {
  return `Subject: ${message}\n`;
}

function textsIn(disk: FakeDisk, maildir: string): string[] {
  return ["new", "cur"].flatMap((folder) => {
    const path = `${maildir}/${folder}`;
    return disk.names(path).map((name) => disk.text(`${path}/${name}`) ?? `not a file: ${name}`);
  });
}

function show(version: Version): string {
  return version === undefined ? "absent" : JSON.stringify(version);
}
