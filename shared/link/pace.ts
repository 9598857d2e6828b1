/**
 * How fast the line is, and what follows from it: how much may be under way, how long an over is, how long silence is
 * believed (pure; times in ms, of one monotonic clock). Everything is measured, so that 300 bit/s and half a megabit need
 * no setting.
 */
export interface Measured {
  /** Bytes a second that arrived at the peer; undefined before the first sample. */
  readonly rate: number | undefined;
  /** Shortest time from a byte's departure to the word of its arrival. */
  readonly roundTrip: number | undefined;
}

/** Less than this under way would let a line of any delay run dry. */
export const CREDIT_FLOOR = 4096;
/** A peer's buffer is not ours to fill. */
const CREDIT_CEILING = 4 * 1024 * 1024;
/** Bandwidth × delay once fills the line; twice keeps it full while the word of arrival comes back. */
const CREDIT_FACTOR = 2;

/** An over is so many times what changing the direction twice costs: turn-arounds then cost 8 %. */
const OVER_FACTOR = 12;
const FIRST_OVER = 4096;
/** An over that took less, turns included, may be followed by one twice as long, whatever is believed of the line. */
const QUICK_OVER_MS = 60_000;
const SHORTEST_OVER = 1024;
const LONGEST_OVER = 1024 * 1024;

/** Bytes in one TLS record: what a cut loses at most, against 22 bytes of record and 8 of frame. */
const SMALLEST_PIECE = 1024;
const LARGEST_PIECE = 8192;
/** Time on the line that a piece may take, so that a more urgent parcel need not wait longer. */
const PIECE_MS = 1000;

/** Silence that is believed before anything is known: 600 bytes each way at 300 bit/s, and a slow modem. */
const FIRST_PATIENCE_MS = 10 * 60_000;
const LEAST_PATIENCE_MS = 60_000;
/** The line may become so much slower than it was. */
const PATIENCE_FACTOR = 8;
/** Rates older than this many samples say nothing of the line now (a radio that changed its gear). */
const SAMPLES = 8;
/** Samples of less than this say more about delay than about rate. */
const RATE_SAMPLE_BYTES = 512;
/** Of the round trip, and ms at the least: words of arrival that come together say nothing of the rate between them. */
const RATE_SAMPLE_SHARE = 0.25;
const RATE_SAMPLE_MS = 10;

interface Mark {
  readonly position: number;
  readonly at: number;
}

/** The line's direction away from us, as the peer's words of arrival show it. */
export class Pace {
  readonly #marks: Mark[] = [];
  readonly #rates: number[] = [];
  readonly #overs: { bytes: number; ms: number }[] = [];
  #sent = 0;
  #taken = 0;
  #last: Mark | undefined;
  #roundTrip: number | undefined;
  /** Bytes of the longest over that was answered. */
  #longestOver = 0;
  /** The last that was known: overs of one length, one after the other, tell nothing new. */
  #fit: Fit | undefined;

  get sent(): number {
    return this.#sent;
  }

  get taken(): number {
    return this.#taken;
  }

  get unconfirmed(): number {
    return this.#sent - this.#taken;
  }

  get measured(): Measured {
    return { rate: this.#rate(), roundTrip: this.#roundTrip };
  }

  wrote(bytes: number, now: number): void {
    this.#sent += bytes;
    this.#marks.push({ position: this.#sent, at: now });
  }

  /** @returns false when the peer claims more than it was sent */
  peerTook(position: number, now: number, half: boolean): boolean {
    if (position > this.#sent) return false;
    if (position <= this.#taken) return true;
    if (!half) this.#sample(position, now);
    this.#taken = position;
    return true;
  }

  /** Half duplex: the peer's first byte after an over of ours, whose writing began at `began`. */
  overAnswered(bytes: number, began: number, now: number): void {
    this.#longestOver = Math.max(this.#longestOver, bytes);
    this.#overs.push({ bytes, ms: Math.max(now - began, 1) });
    this.#fit = fitOvers(this.#overs) ?? this.#fit;
    if (this.#overs.length <= SAMPLES) return;
    // Overs of one length tell nothing of the rate: the shortest stays as the other point of the line.
    const shortest = this.#overs.reduce((least, over) => (over.bytes < least.bytes ? over : least));
    this.#overs.splice(this.#overs[0] === shortest ? 1 : 0, 1);
  }

  /** Bytes that may be written now, full duplex. */
  room(): number {
    return Math.max(0, this.#credit() - this.unconfirmed);
  }

  #credit(): number {
    const rate = this.#rate();
    if (rate === undefined || this.#roundTrip === undefined) return CREDIT_FLOOR;
    const product = (rate * this.#roundTrip) / 1000;
    return Math.min(CREDIT_CEILING, Math.max(CREDIT_FLOOR, Math.ceil(CREDIT_FACTOR * product)));
  }

  /**
   * Length of the next over in bytes: long against the turn-around, and over in time for the peer's last word. Rate and turn
   * are known badly from a few overs. So no over is more than twice as long as the longest that came through, and overs
   * grow as long as they cost nobody much time.
   *
   * @param msLeft of the window; undefined: no end
   */
  over(msLeft: number | undefined): number {
    const fit = this.#fit;
    // Overs of two lengths are what a fit is made of.
    const known = fit === undefined ? FIRST_OVER * 2 : (fit.rate * OVER_FACTOR * 2 * fit.turn) / 1000;
    const last = this.#overs.at(-1);
    const quick = last !== undefined && last.ms < QUICK_OVER_MS ? last.bytes * 2 : 0;
    const longest = Math.min(LONGEST_OVER, Math.max(FIRST_OVER, this.#longestOver * 2));
    const bounded = Math.min(longest, Math.max(SHORTEST_OVER, Math.ceil(known), quick));
    return msLeft === undefined || fit === undefined ? bounded : this.#inTime(bounded, msLeft, fit);
  }

  #inTime(bytes: number, msLeft: number, { rate, turn }: Fit): number {
    const ms = msLeft - 2 * turn;
    return Math.max(0, Math.min(bytes, Math.floor((rate * ms) / 1000)));
  }

  /** Bytes of one write, of which a TLS record is made. */
  piece(): number {
    const rate = this.#rate() ?? this.#fit?.rate;
    if (rate === undefined) return SMALLEST_PIECE;
    return Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, Math.floor((rate * PIECE_MS) / 1000)));
  }

  /** How long to believe in a silent peer while something is owed by it. */
  patience(): number {
    const rate = this.#rate() ?? this.#fit?.rate;
    if (rate === undefined) return FIRST_PATIENCE_MS;
    const turn = this.#fit?.turn ?? this.#roundTrip ?? 0;
    const crossing = ((this.unconfirmed + LARGEST_PIECE) / rate) * 1000;
    return Math.max(LEAST_PATIENCE_MS, PATIENCE_FACTOR * (turn + crossing));
  }

  #sample(position: number, now: number): void {
    let mark: Mark | undefined;
    while (this.#marks[0] !== undefined && this.#marks[0].position <= position) mark = this.#marks.shift();
    if (mark !== undefined) this.#roundTrip = Math.min(this.#roundTrip ?? Number.POSITIVE_INFINITY, now - mark.at);
    const since = this.#last ?? { position: 0, at: mark?.at ?? now };
    const bytes = position - since.position;
    if (bytes < RATE_SAMPLE_BYTES || now - since.at < this.#leastSampleMs()) return;
    this.#last = { position, at: now };
    this.#rates.push((bytes * 1000) / Math.max(now - since.at, 1));
    if (this.#rates.length > SAMPLES) this.#rates.shift();
  }

  #leastSampleMs(): number {
    return Math.max(RATE_SAMPLE_MS, (this.#roundTrip ?? 0) * RATE_SAMPLE_SHARE);
  }

  /** The best of the recent ones: a sample is low whenever we had nothing to send. */
  #rate(): number | undefined {
    return this.#rates.length === 0 ? undefined : Math.max(...this.#rates);
  }
}

interface Fit {
  /** Bytes a second. */
  readonly rate: number;
  /** Ms that an exchange of overs costs beside its bytes. */
  readonly turn: number;
}

/** Least squares of ms = turn + bytes / rate; undefined until overs of different length were seen. */
export function fitOvers(overs: readonly { readonly bytes: number; readonly ms: number }[]): Fit | undefined {
  const n = overs.length;
  if (n < 2) return undefined;
  const meanBytes = overs.reduce((sum, { bytes }) => sum + bytes, 0) / n;
  const meanMs = overs.reduce((sum, { ms }) => sum + ms, 0) / n;
  const spread = overs.reduce((sum, { bytes }) => sum + (bytes - meanBytes) ** 2, 0);
  if (spread < RATE_SAMPLE_BYTES ** 2) return undefined;
  const slope = overs.reduce((sum, { bytes, ms }) => sum + (bytes - meanBytes) * (ms - meanMs), 0) / spread;
  // A line that seems to take no time for bytes has been measured badly; it is not trusted with a longer over.
  if (slope <= 0) return undefined;
  return { rate: 1000 / slope, turn: Math.max(0, meanMs - slope * meanBytes) };
}
