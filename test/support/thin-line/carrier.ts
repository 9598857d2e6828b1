import type { Socket } from "node:net";
import { DIRECTIONS, type Direction, LineModel, type LineStats, type Step } from "./line-model.ts";
import type { Profile } from "./profile.ts";

/** One connection over the line: two sockets, and between them the air of `LineModel`. */
export interface CarrierOptions {
  readonly profile: Profile;
  /** Who dialled; its bytes go up. */
  readonly near: Socket;
  readonly far: Socket;
  /** Ms of the line. */
  readonly now: () => number;
  readonly speed: number;
  /** For jitter. */
  readonly random: () => number;
  readonly onTurn: (to: Direction, at: number) => void;
  readonly onBytes: (direction: Direction, bytes: Uint8Array) => void;
  /** As many bytes have arrived as `breakAfter` allows: nothing moves any more, and `cut` is wanted. */
  readonly onLimit: () => void;
}

export type ByteLimits = Readonly<Partial<Record<Direction, number>>>;

interface Lane {
  readonly from: Socket;
  readonly to: Socket;
  /** What waits for the air; the model knows how much it is. */
  waiting: Buffer[];
  /** On the way, in order: bytes, the end of the stream, or that its sender broke off. */
  readonly crossing: { readonly arrives: number; readonly what: Buffer | "end" | "broken" }[];
  closing: "end" | "broken" | undefined;
  arrived: number;
  limit: number;
}

/** A modem's buffer: when it holds more, or the far end does not read, the socket is not read any more. */
const BUFFER_MS = 1000;
const LEAST_BUFFER = 512;

export class Carrier {
  /** Both sockets are closed. */
  readonly closed: Promise<void>;
  readonly #options: CarrierOptions;
  readonly #model: LineModel;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  #timer: NodeJS.Timeout | undefined;
  #silent = false;
  #problem: string | undefined;

  constructor(options: CarrierOptions) {
    const { near, far, profile, random } = options;
    this.#options = options;
    this.#model = new LineModel(profile, random);
    this.#lanes = { up: lane(near, far), down: lane(far, near) };
    this.closed = Promise.all([near, far].map(closed)).then(() => clearTimeout(this.#timer));
    for (const direction of DIRECTIONS) this.#open(direction);
    near.resume();
  }

  get stats(): LineStats {
    return this.#model.stats;
  }

  /** What an end broke off with, or why the far one could not be reached. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Both ends see a reset; what was crossing is lost. */
  cut(): void {
    this.#silent = true;
    clearTimeout(this.#timer);
    for (const socket of [this.#options.near, this.#options.far]) {
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  /** Nothing moves from now on, and nobody is told. */
  stall(): void {
    this.#silent = true;
    clearTimeout(this.#timer);
    for (const { from } of Object.values(this.#lanes)) from.pause();
  }

  /** Of this direction exactly so many bytes arrive, counted from the beginning of the connection. */
  breakAfter(limits: ByteLimits): void {
    for (const direction of DIRECTIONS) this.#lanes[direction].limit = limits[direction] ?? Number.POSITIVE_INFINITY;
  }

  #open(direction: Direction): void {
    const own = this.#lanes[direction];
    const closes = (how: "end" | "broken"): void => {
      if (own.closing === "broken") return;
      own.closing = how;
      this.#work();
    };
    own.from.on("data", (chunk: Buffer) => {
      const now = this.#options.now();
      this.#advance(now);
      this.#model.offer(direction, chunk.length, now);
      own.waiting.push(chunk);
      this.#work();
    });
    own.from.on("end", () => closes("end"));
    own.from.on("error", ({ message }) => {
      this.#problem ??= message;
    });
    // An end that breaks off still takes its last bytes across first.
    own.from.on("close", (failed) => failed && closes("broken"));
    own.to.on("drain", () => this.#work());
  }

  #work(): void {
    if (this.#silent) return;
    clearTimeout(this.#timer);
    const now = this.#options.now();
    this.#advance(now);
    let next = this.#model.nextAt;
    for (const direction of DIRECTIONS) {
      this.#close(direction, now);
      this.#deliver(direction, now);
      this.#throttle(direction);
      next = Math.min(next, this.#lanes[direction].crossing[0]?.arrives ?? Number.POSITIVE_INFINITY);
    }
    if (Number.isFinite(next) && !this.#silent)
      this.#timer = setTimeout(() => this.#work(), Math.max(0, next - now) / this.#options.speed);
  }

  #advance(now: number): void {
    if (this.#silent) return;
    for (const step of this.#model.advance(now)) this.#take(step);
  }

  #take(step: Step): void {
    if (step.kind === "turn") this.#options.onTurn(step.direction, step.at);
    else {
      const own = this.#lanes[step.direction];
      own.crossing.push({ arrives: step.arrives, what: taken(own, step.bytes) });
    }
  }

  /** The end of the stream crosses as its last byte did, and costs no air. */
  #close(direction: Direction, now: number): void {
    const own = this.#lanes[direction];
    const last = own.crossing.at(-1);
    if (own.closing === undefined || this.#model.waiting(direction) > 0 || last?.what === own.closing) return;
    const arrives = Math.max(last?.arrives ?? 0, now + this.#options.profile.latency);
    own.crossing.push({ arrives, what: own.closing });
    // It has been said; only a break after an end is still news.
    own.closing = undefined;
  }

  #deliver(direction: Direction, now: number): void {
    const { crossing, to } = this.#lanes[direction];
    while (crossing[0] !== undefined && crossing[0].arrives <= now && !this.#silent) {
      const what = crossing.shift()?.what;
      if (what === "broken") this.cut();
      else if (what === "end") to.end();
      else if (what !== undefined) this.#hand(direction, what);
    }
  }

  #hand(direction: Direction, piece: Buffer): void {
    const own = this.#lanes[direction];
    const allowed = piece.subarray(0, own.limit - own.arrived);
    own.arrived += allowed.length;
    this.#options.onBytes(direction, allowed);
    if (own.arrived < own.limit) own.to.write(allowed);
    else {
      // The kernel has the last byte before the reset goes out, or it would be lost with it.
      own.to.write(allowed, () => this.#options.onLimit());
      this.stall();
    }
  }

  #throttle(direction: Direction): void {
    const { from, to } = this.#lanes[direction];
    const most = Math.max(LEAST_BUFFER, (this.#options.profile[direction] * BUFFER_MS) / 8000);
    const waiting = this.#model.waiting(direction);
    if (waiting > most || to.writableNeedDrain) from.pause();
    else if (from.isPaused() && waiting <= most / 2 && !this.#silent) from.resume();
  }
}

function lane(from: Socket, to: Socket): Lane {
  const none = Number.POSITIVE_INFINITY;
  return { from, to, waiting: [], crossing: [], closing: undefined, arrived: 0, limit: none };
}

function taken(own: Lane, bytes: number): Buffer {
  const all = own.waiting.length === 1 && own.waiting[0] !== undefined ? own.waiting[0] : Buffer.concat(own.waiting);
  const rest = all.subarray(bytes);
  own.waiting = rest.length === 0 ? [] : [rest];
  return all.subarray(0, bytes);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
