/**
 * When the peer is told how much has come (pure): often enough that its credit never runs out, seldom enough that the way
 * back stays free. The peer may have twice rate × round trip under way, as it measures them, and at least 4 KB. What it
 * measures may be far from what we do: so a line that falls silent while something is unreported is told as well.
 */
const LEAST_BYTES = 2048;
const MOST_BYTES = 16 * 1024;
/** Of rate × round trip: four words for each credit. */
const SHARE = 0.5;
const SAMPLES = 4;
/** So long after the last byte the peer may be waiting for us. */
const QUIET_MS = 200;

export class Arrivals {
  #received = 0;
  #receivedAt = 0;
  #reported = 0;
  #reportedAt = 0;
  readonly #rates: number[] = [];

  get received(): number {
    return this.#received;
  }

  /** Bytes a second, the best of late. */
  get rate(): number {
    return Math.max(0, ...this.#rates);
  }

  took(total: number, now: number): void {
    this.#received = total;
    this.#receivedAt = now;
  }

  get #unreported(): number {
    return this.#received - this.#reported;
  }

  /** When it must be told if nothing more comes. */
  get due(): number {
    return this.#unreported >= LEAST_BYTES ? this.#receivedAt + QUIET_MS : Number.POSITIVE_INFINITY;
  }

  /** @param roundTrip of the line, ms, as far as it is known */
  isDue(roundTrip: number | undefined, now: number): boolean {
    const wanted = roundTrip === undefined ? LEAST_BYTES : (this.rate * roundTrip * SHARE) / 1000;
    return now >= this.due || this.#unreported >= Math.min(MOST_BYTES, Math.max(LEAST_BYTES, wanted));
  }

  reported(now: number): number {
    const bytes = this.#unreported;
    if (bytes >= LEAST_BYTES && now > this.#reportedAt) this.#rates.push((bytes * 1000) / (now - this.#reportedAt));
    if (this.#rates.length > SAMPLES) this.#rates.shift();
    this.#reported = this.#received;
    this.#reportedAt = now;
    return this.#received;
  }
}
