import type { Socket } from "node:net";
import { type Direction, LineModel, type LineStats } from "./line-model.ts";
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
}

interface Lane {
  readonly from: Socket;
  readonly to: Socket;
  waiting: Buffer[];
  bytes: number;
  /** When the air is free for its next piece. */
  freeAt: number;
  readonly crossing: { readonly arrives: number; readonly piece: Buffer }[];
  ended: boolean;
}

/** Bytes are sent in pieces of so much time, so that a cut hits anywhere. */
const PIECE_MS = 40;
const LEAST_PIECE = 8;
/** A modem's buffer: more than this is not read ahead of the line. */
const BUFFER_MS = 500;
const LEAST_BUFFER = 512;

export class Carrier {
  readonly closed: Promise<void>;
  readonly #options: CarrierOptions;
  readonly #model: LineModel;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  #timer: NodeJS.Timeout | undefined;
  #stalled = false;
  #done = false;
  #finish: () => void = () => undefined;

  constructor(options: CarrierOptions) {
    const { near, far, profile } = options;
    this.#options = options;
    this.#model = new LineModel(profile);
    this.#lanes = { up: lane(near, far), down: lane(far, near) };
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    for (const direction of ["up", "down"] as const) this.#open(direction);
    near.resume();
  }

  get stats(): LineStats {
    return this.#model.stats;
  }

  /** Both ends see a reset; what was crossing is lost. */
  cut(): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    for (const socket of [this.#options.near, this.#options.far]) {
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.#finish();
  }

  stall(): void {
    this.#stalled = true;
  }

  #open(direction: Direction): void {
    const own = this.#lanes[direction];
    own.from.on("error", () => undefined);
    own.from.on("data", (chunk: Buffer) => {
      if (this.#stalled) return;
      // While something waits the air is never idle, however late a timer wakes us: the rate is exact.
      if (own.bytes === 0) own.freeAt = Math.max(own.freeAt, this.#options.now());
      own.waiting.push(chunk);
      own.bytes += chunk.length;
      if (own.bytes > this.#bufferSize(direction)) own.from.pause();
      this.#work();
    });
    // An end that closes takes its last bytes across first.
    own.from.on("close", () => {
      own.ended = true;
      this.#work();
    });
  }

  #bufferSize(direction: Direction): number {
    return Math.max(LEAST_BUFFER, (this.#options.profile[direction] * BUFFER_MS) / 8000);
  }

  #work(): void {
    if (this.#done) return;
    clearTimeout(this.#timer);
    const now = this.#options.now();
    let next = Number.POSITIVE_INFINITY;
    for (const direction of ["up", "down"] as const)
      next = Math.min(next, this.#send(direction, now), this.#deliver(direction, now));
    if (this.#isOver()) this.#close();
    else if (Number.isFinite(next))
      this.#timer = setTimeout(() => this.#work(), Math.max(0, next - now) / this.#options.speed);
  }

  /** @returns when there is more to do */
  #send(direction: Direction, now: number): number {
    const own = this.#lanes[direction];
    const other = this.#lanes[direction === "up" ? "down" : "up"];
    while (own.bytes > 0) {
      if (own.freeAt > now) return own.freeAt;
      if (!this.#model.mayStart(direction, now, other.bytes > 0)) return Math.max(now + 1, this.#model.silentAt);
      const piece = take(own, Math.max(LEAST_PIECE, Math.floor((this.#options.profile[direction] * PIECE_MS) / 8000)));
      const { leaves, arrives } = this.#model.send(direction, piece.length, own.freeAt);
      own.freeAt = leaves;
      own.crossing.push({ arrives, piece });
      if (own.from.isPaused() && own.bytes <= this.#bufferSize(direction) / 2) own.from.resume();
    }
    return Number.POSITIVE_INFINITY;
  }

  #deliver(direction: Direction, now: number): number {
    const own = this.#lanes[direction];
    for (let first = own.crossing[0]; first !== undefined && first.arrives <= now; first = own.crossing[0]) {
      own.crossing.shift();
      if (!own.to.destroyed) own.to.write(first.piece);
    }
    return own.crossing[0]?.arrives ?? Number.POSITIVE_INFINITY;
  }

  #isOver(): boolean {
    return Object.values(this.#lanes).some(
      ({ ended, bytes, crossing }) => ended && bytes === 0 && crossing.length === 0,
    );
  }

  #close(): void {
    this.#done = true;
    for (const { to } of Object.values(this.#lanes)) to.destroySoon();
    this.#finish();
  }
}

function lane(from: Socket, to: Socket): Lane {
  return { from, to, waiting: [], bytes: 0, freeAt: 0, crossing: [], ended: false };
}

function take(own: Lane, most: number): Buffer {
  const first = own.waiting[0] ?? Buffer.alloc(0);
  const piece = first.subarray(0, most);
  if (piece.length === first.length) own.waiting.shift();
  else own.waiting[0] = first.subarray(most);
  own.bytes -= piece.length;
  return piece;
}
