/**
 * Whether the quick codec brings more mail over this line than the best one (pure). On most lines the best codec's time
 * passes while the line is busy. On a fast one the line stands idle meanwhile: then the quick codec is tried, and kept as
 * long as more mail a second is made with it. Bytes are those of messages as stored.
 */
/** Messages with the best codec by which it is judged; all but one of them must have found an idle line. */
const JUDGED = 32;
/** Messages with the quick one that do not count: the credit grows meanwhile, and what it allows is filled. */
const FILLING = 64;
/** Messages with the quick one by which it is judged, again and again: a line can become slower. */
const TRIED = 64;
/** Less gain than this is noise. */
const GAIN = 1.1;
/** Messages until the next trial, after one that brought nothing; each next pause is twice as long. */
const FIRST_PAUSE = 256;

export class CodecChoice {
  #quick = false;
  /** Bytes a ms with the best codec. */
  #best = 0;
  #bytes = 0;
  #messages = 0;
  #idle = 0;
  /** Messages that are not counted yet. The first one has waited for the model to be built. */
  #ignored = 1;
  #began = 0;
  /** Messages until a trial may begin. */
  #pause = 0;
  #nextPause = FIRST_PAUSE;

  get quick(): boolean {
    return this.#quick;
  }

  /**
   * A message was encoded.
   *
   * @param idle since the one before the line could always have taken more
   * @param now ms of a monotonic clock
   */
  made(bytes: number, idle: boolean, now: number): void {
    if (this.#ignored > 0) {
      this.#ignored -= 1;
      this.#began = now;
      return;
    }
    this.#bytes += bytes;
    this.#messages += 1;
    this.#idle += idle ? 1 : 0;
    if (this.#messages < (this.#quick ? TRIED : JUDGED)) return;
    const rate = this.#bytes / Math.max(1, now - this.#began);
    if (this.#quick) this.#judgeQuick(rate);
    else this.#judgeBest(rate);
    this.#bytes = 0;
    this.#messages = 0;
    this.#idle = 0;
    this.#began = now;
  }

  #judgeBest(rate: number): void {
    this.#pause -= JUDGED;
    if (this.#idle < JUDGED - 1 || this.#pause > 0) return;
    this.#best = rate;
    this.#quick = true;
    this.#ignored = FILLING;
  }

  #judgeQuick(rate: number): void {
    if (rate > this.#best * GAIN) return;
    this.#quick = false;
    this.#ignored = 1;
    this.#pause = this.#nextPause;
    this.#nextPause *= 2;
  }
}
