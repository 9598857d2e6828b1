import type { RecipientAnswer } from "#shared/link/wire/answer.js";
import type { Frame, SkipReason } from "#shared/link/wire/frame-types.js";
import type { SessionAction } from "./types.ts";

/**
 * What the peer sends: how much of each body is still to come, and which answers are owed (pure). The bytes themselves go
 * to the shell, which keeps them.
 */
interface Receiving {
  left: number;
}

/** More open parcels than the peer may have without an answer are a flood. */
const MAX_OWED = 256;
/** Bodies that a skip has stopped half way never end; no more of them are remembered. */
const MAX_STREAMS = 2 * MAX_OWED;
/** After these no answer follows, and what is still under way is thrown away. */
export function isClosing(reason: SkipReason): boolean {
  return reason === "history-unknown" || reason === "damaged";
}

export class Inbound {
  readonly #streams = new Map<number, Receiving>();
  /** Streams without an answer. */
  readonly #owed = new Set<number>();
  #last = 0;
  #complete: number[] = [];

  get owed(): number {
    return this.#owed.size;
  }

  /** Complete and still being decided: the peer waits for us. */
  get deciding(): number {
    return [...this.#owed].filter((stream) => !this.#streams.has(stream)).length;
  }

  /** @returns what is wrong with it, if anything */
  announced(stream: number, length: number): string | undefined {
    if (stream <= this.#last) return `stream ${stream} was announced after stream ${this.#last}`;
    if (this.#owed.size >= MAX_OWED) return `more than ${MAX_OWED} parcels have no answer`;
    this.#last = stream;
    this.#owed.add(stream);
    this.#streams.set(stream, { left: length });
    const oldest = this.#streams.keys().next().value;
    if (this.#streams.size > MAX_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
    if (length === 0) this.#finish(stream);
    return undefined;
  }

  data(stream: number, bytes: Uint8Array): SessionAction | string | undefined {
    const receiving = this.#streams.get(stream);
    // Refused before, and now the last bytes that were under way.
    if (receiving === undefined) return stream <= this.#last ? undefined : `data for the unknown stream ${stream}`;
    if (bytes.length > receiving.left) return `stream ${stream} has more data than was announced`;
    receiving.left -= bytes.length;
    if (receiving.left === 0) this.#finish(stream);
    return { do: "store", stream, bytes };
  }

  #finish(stream: number): void {
    this.#complete.push(stream);
    this.#streams.delete(stream);
  }

  /** Streams that have become complete since the last call. */
  takeComplete(): SessionAction[] {
    const actions = this.#complete.map((stream): SessionAction => ({ do: "complete", stream }));
    this.#complete = [];
    return actions;
  }

  /**
   * The peer is told to stop. A body that is here as a whole already needs no stop, only its answer; that it cannot be
   * read must still be said.
   */
  unwanted(stream: number, reason: SkipReason): Frame | undefined {
    const closing = isClosing(reason);
    const coming = this.#streams.has(stream);
    if (closing) this.#owed.delete(stream);
    // Of a "have" or "refused" the end may be under way, and then the history goes on with it at both ends.
    if (closing || reason === "no-room") this.#streams.delete(stream);
    return coming || closing ? { kind: "skip", stream, reason } : undefined;
  }

  answered(stream: number, answers: readonly RecipientAnswer[]): Frame | undefined {
    if (!this.#owed.delete(stream)) return undefined;
    if (answers.length > 0) return { kind: "answer", answer: { stream, taken: false, recipients: answers } };
    return { kind: "answer", answer: { stream, taken: true, further: 0 } };
  }
}
