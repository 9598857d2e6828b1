/**
 * Whether the quick codec brings more mail over this line than the best one (pure). On most lines the best codec's time
 * passes while the line is busy. On a fast one the line stands idle meanwhile: then the quick codec is tried, and kept if
 * more mail a second was made with it. Bytes are those of messages as stored.
 */
/** Messages with the best codec before it is judged; all but one of them must have found an idle line. */
const JUDGED = 32;
/** Messages with the quick one that do not count: the credit grows meanwhile, and what it allows is filled. */
const FILLING = 64;
/** Messages with the quick one by which it is judged. */
const TRIED = 64;
/** Less gain than this is noise. */
const GAIN = 1.1;

export class CodecChoice {
  #quick = false;
  #settled = false;
  /** Bytes a ms with the best codec. */
  #best = 0;
  #bytes = 0;
  #messages = 0;
  #idle = 0;
  /** Messages that are not counted yet. The first one has waited for the model to be built. */
  #ignored = 1;
  #began = 0;

  get quick(): boolean {
    return this.#quick;
  }

  /** It stays so for the rest of the session. */
  get settled(): boolean {
    return this.#settled;
  }

  /**
   * A message was encoded.
   *
   * @param idle since the one before the line could always have taken more
   * @param now ms of a monotonic clock
   */
  made(bytes: number, idle: boolean, now: number): void {
    if (this.#settled) return;
    if (this.#ignored > 0) {
      this.#ignored -= 1;
      this.#began = now;
      return;
    }
    this.#bytes += bytes;
    this.#messages += 1;
    this.#idle += idle ? 1 : 0;
    if (this.#messages === (this.#quick ? TRIED : JUDGED)) this.#judge(now);
  }

  #judge(now: number): void {
    const rate = this.#bytes / Math.max(1, now - this.#began);
    if (this.#quick) {
      this.#settled = true;
      this.#quick = rate > this.#best * GAIN;
    } else if (this.#idle >= JUDGED - 1) {
      this.#quick = true;
      this.#best = rate;
      this.#ignored = FILLING;
    }
    this.#bytes = 0;
    this.#messages = 0;
    this.#idle = 0;
    this.#began = now;
  }
}
