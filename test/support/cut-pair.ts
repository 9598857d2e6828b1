import { Duplex } from "node:stream";

/**
 * Two connected streams without sockets, of which either direction can break after exactly so many bytes. What came before is read
 * at the other end, however late it reads; then both ends close, without an end of the stream. A reader that never
 * reads holds the break up.
 */
export interface CutPair {
  readonly near: Duplex;
  readonly far: Duplex;
  /** Bytes that crossed; up is from near to far. */
  readonly bytes: { up: number; down: number };
}

/** Counted from the first byte of that direction; 0 breaks at the first attempt to write. */
export interface CutAfter {
  readonly up?: number;
  readonly down?: number;
}

export function cutPair(cut: CutAfter = {}): CutPair {
  const bytes = { up: 0, down: 0 };
  const line = { broken: false };
  const limit = (direction: "up" | "down"): Lane => ({
    line,
    crossed: (most) => {
      const part = Math.min(most, (cut[direction] ?? Number.POSITIVE_INFINITY) - bytes[direction]);
      bytes[direction] += part;
      return { part, last: bytes[direction] === cut[direction] };
    },
  });
  const [near, far] = [new End(limit("up")), new End(limit("down"))];
  near.join(far);
  far.join(near);
  return { near, far, bytes };
}

interface Lane {
  /** Of both directions: once it is broken nothing crosses any more. */
  readonly line: { broken: boolean };
  /** How many of so many bytes still cross, and whether the line breaks after them. */
  readonly crossed: (most: number) => { readonly part: number; readonly last: boolean };
}

class End extends Duplex {
  readonly #lane: Lane;
  #peer: End | undefined;
  /** Held back until the reader asks for more: back pressure. */
  #resume: (() => void) | undefined;
  #closing = false;

  constructor(lane: Lane) {
    super();
    this.#lane = lane;
  }

  join(peer: End): void {
    this.#peer = peer;
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    const { line, crossed } = this.#lane;
    // As on a dead line: nobody answers; the end that closes tells the writer.
    if (line.broken || this.#peer === undefined) return;
    const { part, last } = crossed(chunk.length);
    line.broken = last;
    const wantsMore = part === 0 || this.#peer.push(chunk.subarray(0, part));
    if (last) this.#peer.closeWhenRead();
    else if (wantsMore) done();
    else this.#peer.#resume = done;
  }

  override _final(done: () => void): void {
    if (!this.#lane.line.broken) this.#peer?.push(null);
    done();
  }

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    if (this.#closing) this.closeWhenRead();
    return chunk;
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#lane.line.broken = true;
    this.#peer?.closeWhenRead();
    done(error);
  }

  closeWhenRead(): void {
    this.#closing = true;
    // After the listeners of the last byte have had their turn.
    if (this.readableLength === 0) setImmediate(() => this.destroy());
  }
}
