import type { Profile } from "./profile.ts";

/**
 * The air between two ends (pure; times in ms of the line). Told what is offered and when, it says when each piece leaves
 * and arrives. The answer is the same however late `advance` is called.
 */
export type Direction = "up" | "down";

export const DIRECTIONS: readonly Direction[] = ["up", "down"];

export type Step =
  | {
      readonly kind: "piece";
      readonly direction: Direction;
      readonly bytes: number;
      readonly leaves: number;
      readonly arrives: number;
    }
  /** Half duplex: this direction has the air from `at` on, and sends when the turn is over. */
  | { readonly kind: "turn"; readonly direction: Direction; readonly at: number };

export interface LineStats {
  /** Bytes that left; what a cut caught in the air is among them. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Ms in which the line was sending. */
  readonly busy: Readonly<Record<Direction, number>>;
  /** Changes of direction on half duplex. */
  readonly turns: number;
}

interface Lane {
  waiting: number;
  /** When its oldest waiting byte was offered. */
  since: number;
  /** When the air is free for its next piece. */
  freeAt: number;
  /** When its last byte is at the other end. */
  silentAt: number;
  bytes: number;
  busy: number;
}

/** Bytes are sent in pieces of so much time, so that a cut hits anywhere. */
const PIECE_MS = 40;
/** One and a half bytes, 40 ms of the slowest line, would be a timer for each. */
const LEAST_PIECE = 8;

export class LineModel {
  readonly #profile: Profile;
  readonly #random: () => number;
  readonly #lanes: Readonly<Record<Direction, Lane>> = { up: lane(), down: lane() };
  #holder: Direction | undefined;
  #turns = 0;

  /** `random` gives numbers in [0, 1) and is asked only when the profile has jitter. */
  constructor(profile: Profile, random: () => number = () => 0) {
    this.#profile = profile;
    this.#random = random;
  }

  offer(direction: Direction, bytes: number, now: number): void {
    const own = this.#lanes[direction];
    if (own.waiting === 0) own.since = now;
    own.waiting += bytes;
  }

  /** What has happened up to `now`, in order; call it before an offer at the same moment. */
  advance(now: number): Step[] {
    const steps: Step[] = [];
    for (let next = this.#next(); next !== undefined && next.at <= now; next = this.#next())
      steps.push(next.turns ? this.#turn(next) : this.#send(next));
    return steps;
  }

  /** When `advance` will have something to say; infinite while nothing waits. */
  get nextAt(): number {
    return this.#next()?.at ?? Number.POSITIVE_INFINITY;
  }

  waiting(direction: Direction): number {
    return this.#lanes[direction].waiting;
  }

  get stats(): LineStats {
    const { up, down } = this.#lanes;
    return {
      bytes: { up: up.bytes, down: down.bytes },
      busy: { up: up.busy, down: down.busy },
      turns: this.#turns,
    };
  }

  #next(): Next | undefined {
    const [up, down] = [this.#nextOf("up"), this.#nextOf("down")];
    if (up === undefined || down === undefined) return up ?? down;
    return down.at < up.at ? down : up;
  }

  #nextOf(direction: Direction): Next | undefined {
    const own = this.#lanes[direction];
    if (own.waiting === 0) return undefined;
    const at = Math.max(own.since, own.freeAt);
    if (!this.#profile.half || this.#holder === undefined || this.#holder === direction)
      return { direction, at, turns: false };
    const talker = this.#lanes[this.#holder];
    // While the talker has more to say nobody interrupts; then its last byte must have arrived.
    return talker.waiting > 0 ? undefined : { direction, at: Math.max(at, talker.silentAt), turns: true };
  }

  #turn({ direction, at }: Next): Step {
    this.#holder = direction;
    this.#lanes[direction].freeAt = at + this.#profile.turn;
    this.#turns += 1;
    return { kind: "turn", direction, at };
  }

  #send({ direction, at }: Next): Step {
    const own = this.#lanes[direction];
    const rate = this.#profile[direction];
    const bytes = Math.min(own.waiting, Math.max(LEAST_PIECE, Math.floor((rate * PIECE_MS) / 8000)));
    const ms = (bytes * 8000) / rate;
    const leaves = at + ms;
    const { latency, jitter = 0 } = this.#profile;
    const delay = latency + (jitter === 0 ? 0 : this.#random() * jitter);
    // Jitter never lets a byte overtake another.
    const arrives = Math.max(own.silentAt, leaves + delay);
    this.#holder = direction;
    own.waiting -= bytes;
    own.freeAt = leaves;
    own.silentAt = arrives;
    own.bytes += bytes;
    own.busy += ms;
    return { kind: "piece", direction, bytes, leaves, arrives };
  }
}

interface Next {
  readonly direction: Direction;
  readonly at: number;
  readonly turns: boolean;
}

function lane(): Lane {
  return { waiting: 0, since: 0, freeAt: 0, silentAt: 0, bytes: 0, busy: 0 };
}
