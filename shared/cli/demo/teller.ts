import { type Io, printable } from "../io.ts";
import type { LogLine } from "./children.ts";
import { type Known, tell } from "./story.ts";

/** Lines of four processes come in any order, and a letter's subject is known only when it has been taken. */
const HOLD_MS = 300;
/** A letter is talked about for a minute; the demo may run for days. */
const MAX_KNOWN = 500;

/** Prints what happens, in the order in which it happened. */
export class Teller {
  readonly #letters = new Map<string, Known>();
  readonly #io: Io;
  #held: { readonly node: string; readonly line: LogLine; readonly heardAt: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(io: Io) {
    this.#io = io;
    this.#timer = setInterval(() => this.#tellBefore(performance.now() - HOLD_MS), HOLD_MS);
  }

  /** From now on lines about this mail id name its subject. */
  know(mailId: string, letter: Known): void {
    this.#letters.set(mailId, letter);
    const [oldest] = this.#letters.keys();
    if (this.#letters.size > MAX_KNOWN && oldest !== undefined) this.#letters.delete(oldest);
  }

  hear(node: string, line: LogLine): void {
    this.#held.push({ node, line, heardAt: performance.now() });
  }

  /** Everything that was heard, now; nothing more is told by itself. */
  end(): void {
    clearInterval(this.#timer);
    this.#tellBefore(Number.POSITIVE_INFINITY);
  }

  #tellBefore(time: number): void {
    const due = this.#held.filter(({ heardAt }) => heardAt <= time);
    this.#held = this.#held.filter(({ heardAt }) => heardAt > time);
    due.sort((a, b) => a.line.time.localeCompare(b.line.time));
    for (const { node, line } of due) {
      const words = tell(node, line, this.#letters);
      if (words !== undefined) this.#io.out(`${printable(words)}\n`);
    }
  }
}
