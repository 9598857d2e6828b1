import type { Pace } from "#shared/link/pace.js";
import { frameLength, pieceLength } from "#shared/link/wire/frame.js";
import type { Part, SessionAction } from "./types.ts";

/**
 * Frames on their way into one write (pure). Each write becomes a TLS record, which costs 22 bytes: small parcels and
 * answers that follow each other closely share one.
 */
export class Writes {
  readonly #pace: Pace;
  #parts: Part[] = [];
  #bytes = 0;
  #since: number | undefined;
  /** Where the last marked frame ends, among what waits. */
  #mark: number | undefined;
  #markedAt = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When what waits goes at the latest. */
  get due(): number {
    return this.#since === undefined ? Number.POSITIVE_INFINITY : this.#since + HOLD_MS;
  }

  /**
   * Bytes of ours after which the peer may have read the last marked frame: it reads a frame before the comma that ends it.
   * Infinite until it is written.
   */
  get markedAt(): number {
    return this.#mark === undefined ? this.#markedAt : Number.POSITIVE_INFINITY;
  }

  /** Marks the frame that was added last. */
  mark(): void {
    this.#mark = this.#bytes - COMMA;
  }

  add(part: Part): void {
    this.#parts.push(part);
    this.#bytes += lengthOf(part);
  }

  addFirst(part: Part): void {
    this.#parts.unshift(part);
    this.#bytes += lengthOf(part);
    if (this.#mark !== undefined) this.#mark += lengthOf(part);
  }

  /** Writes what waits, unless more comes `soon` and it may still wait for it. @returns bytes written */
  settle(now: number, soon: boolean, actions: SessionAction[]): number {
    if (this.#parts.length === 0) return 0;
    this.#since ??= now;
    return soon && now < this.due ? 0 : this.flush(now, actions);
  }

  /** @returns bytes written */
  flush(now: number, actions: SessionAction[]): number {
    const bytes = this.#bytes;
    if (this.#mark !== undefined) this.#markedAt = this.#pace.sent + this.#mark;
    this.#mark = undefined;
    if (this.#parts.length > 0) actions.push({ do: "write", parts: this.#parts });
    if (bytes > 0) this.#pace.wrote(bytes, now);
    this.#parts = [];
    this.#bytes = 0;
    this.#since = undefined;
    return bytes;
  }
}

/** An answer may be so late for the sake of a shared record; a person waits for none of this. */
const HOLD_MS = 100;
const COMMA = 1;

function lengthOf(part: Part): number {
  return part.kind === "frame" ? frameLength(part.frame) : pieceLength(part.stream, part.length);
}
