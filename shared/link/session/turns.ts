import type { Pace } from "#shared/link/pace.js";

/**
 * Who may talk (pure). On half duplex one side talks in long overs and passes the turn; on full duplex both talk always.
 * The dialler begins.
 */
export class Turns {
  readonly #pace: Pace;
  #half: boolean;
  #ours: boolean;
  #left = 0;
  #began = 0;
  #bytes = 0;
  #answered = true;

  constructor(pace: Pace, half: boolean, ours: boolean) {
    this.#pace = pace;
    this.#half = half;
    this.#ours = ours;
  }

  get half(): boolean {
    return this.#half;
  }

  get ours(): boolean {
    return !this.#half || this.#ours;
  }

  /** The dialler's hello says how the line is. */
  set half(half: boolean) {
    this.#half = half;
  }

  /** Bytes that may be written now. */
  get room(): number {
    return this.#half ? this.#left : this.#pace.room();
  }

  /** @param msLeft of the window; undefined: no end */
  begin(now: number, msLeft: number | undefined): void {
    this.#ours = true;
    this.#left = this.#pace.over(msLeft);
    this.#began = now;
    this.#bytes = 0;
    this.#answered = true;
  }

  wrote(bytes: number, now: number): void {
    if (this.#bytes === 0) this.#began = now;
    this.#bytes += bytes;
    this.#left -= bytes;
  }

  pass(): void {
    this.#ours = false;
    this.#answered = false;
  }

  /** The first byte after an over of ours shows what the over and the turn have cost. */
  heard(now: number): void {
    if (!this.#half || this.#answered) return;
    this.#answered = true;
    this.#pace.overAnswered(this.#bytes, this.#began, now);
  }
}
