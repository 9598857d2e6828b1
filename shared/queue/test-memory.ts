import type { Answer, Memory } from "./memory.ts";

/** For tests: the memory as a database keeps it that commits each call. It outlives the node it belongs to. */
export class TestMemory implements Memory {
  readonly rows = new Map<string, { mailId: string; recipient: string; state: Answer | { tmpPath: string } }>();
  /** Calls by these names throw, as a full disk makes them. */
  readonly broken = new Set<keyof Memory>();
  /** The machine has lost its power: nothing is written any more. */
  off: () => boolean = () => false;

  copy(): TestMemory {
    const copy = new TestMemory();
    for (const [name, row] of this.rows) copy.rows.set(name, row);
    return copy;
  }

  recall(mailId: string, recipients: readonly string[]): Map<string, Answer> {
    this.#check("recall");
    const known = new Map<string, Answer>();
    for (const recipient of recipients) {
      const state = this.rows.get(key(mailId, recipient))?.state;
      if (state !== undefined && "letter" in state) known.set(recipient, state);
    }
    return known;
  }

  accepting(mailId: string, recipients: readonly string[], tmpPath: string): void {
    this.#check("accepting");
    for (const recipient of recipients) this.#put(mailId, recipient, { tmpPath });
  }

  accepted(mailId: string, recipients: readonly string[], text: string): void {
    this.#check("accepted");
    for (const recipient of recipients) this.#put(mailId, recipient, { letter: "K", text });
  }

  undo(mailId: string, recipients: readonly string[]): void {
    this.#check("undo");
    for (const recipient of recipients) this.rows.delete(key(mailId, recipient));
  }

  refused(mailId: string, recipient: string, text: string): void {
    this.#check("refused");
    this.#put(mailId, recipient, { letter: "D", text });
  }

  unfinished(): { mailId: string; recipient: string; tmpPath: string }[] {
    return [...this.rows.values()].flatMap(({ mailId, recipient, state }) =>
      "tmpPath" in state ? [{ mailId, recipient, tmpPath: state.tmpPath }] : [],
    );
  }

  prune(): number {
    return 0;
  }

  #put(mailId: string, recipient: string, state: Answer | { tmpPath: string }): void {
    this.rows.set(key(mailId, recipient), { mailId, recipient, state });
  }

  #check(call: keyof Memory): void {
    if (this.broken.has(call) || this.off()) throw new Error("SQLITE_FULL: database or disk is full");
  }
}

function key(mailId: string, recipient: string): string {
  return `${mailId} ${recipient.toLowerCase()}`;
}
