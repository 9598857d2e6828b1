import { createConnection, createServer, type Server, type Socket } from "node:net";
import { type ByteLimits, Carrier } from "./carrier.ts";
import type { Direction, LineStats } from "./line-model.ts";
import { type LineEvent, type LineSum, sumOf } from "./line-report.ts";
import type { Profile } from "./profile.ts";
import { cutAfter, seeded } from "./random-numbers.ts";

/**
 * A TCP proxy that behaves like a slow, dear, breaking line; see README.md. All times are the line's own, whatever the
 * speed; they count from the start of the line unless they say otherwise.
 */
export interface ThinLineOptions {
  readonly profile: Profile;
  readonly connect: { readonly host: string; readonly port: number };
  readonly listen?: { readonly host: string; readonly port: number };
  /** Everything happens so many times as fast. */
  readonly speed?: number;
  readonly seed?: number;
  /** Breaks at random moments, and at the end of the window; default yes. */
  readonly cuts?: boolean;
  /** A fixed time between cuts instead of the profile's, in seconds of the line. */
  readonly cutEverySec?: number;
  /** Who dials after the window's end gets another window, instead of a line that drops at once; default no. */
  readonly manyWindows?: boolean;
  readonly onEvent?: (event: LineEvent) => void;
  /** Bytes as they arrive. */
  readonly onBytes?: (direction: Direction, bytes: Uint8Array) => void;
}

export interface CutPlan extends ByteLimits {
  /** After the carrier is up. */
  readonly ms?: number;
}

export interface ThinLine {
  readonly port: number;
  stats(): LineSum;
  /** Breaks what is connected now. */
  cut(): void;
  /** Breaks the next connection that dials: after exactly so many bytes of a direction, or at a time. Once. */
  cutNext(plan: CutPlan): void;
  /** Nothing moves on what is connected now, and nobody is told. */
  stall(): void;
  /** Resets what is connected. */
  close(): Promise<void>;
}

/** @throws Error when nobody may listen there */
export async function startThinLine(options: ThinLineOptions): Promise<ThinLine> {
  const line = new Line(options);
  await line.listen();
  return line;
}

class Line implements ThinLine {
  readonly #options: ThinLineOptions;
  readonly #speed: number;
  readonly #random: () => number;
  readonly #started = performance.now();
  readonly #server: Server;
  /** Who dialled and is not closed yet. */
  readonly #clients = new Set<Socket>();
  readonly #carriers = new Map<Carrier, { readonly connection: number; readonly upAt: number }>();
  readonly #done: LineStats[] = [];
  #port = 0;
  #connections = 0;
  #cuts = 0;
  #upMs = 0;
  #windowEnd: number | undefined;
  #plan: CutPlan | undefined;

  constructor(options: ThinLineOptions) {
    this.#options = options;
    this.#speed = options.speed ?? 1;
    this.#random = seeded(options.seed ?? 1);
    // Half open: an end that has said all it has to say may still be answered.
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (client) =>
      this.#dial(client),
    );
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#options.listen ?? { host: "127.0.0.1", port: 0 }, resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The thin line has no port");
    this.#port = address.port;
  }

  get port(): number {
    return this.#port;
  }

  stats(): LineSum {
    const now = this.#now();
    const running = [...this.#carriers.values()].reduce((sum, { upAt }) => sum + now - upAt, 0);
    return {
      ...sumOf([...this.#done, ...[...this.#carriers.keys()].map(({ stats }) => stats)]),
      connections: this.#connections,
      cuts: this.#cuts,
      upSec: (this.#upMs + running) / 1000,
    };
  }

  cut(): void {
    for (const carrier of this.#carriers.keys()) this.#break(carrier, "cut");
  }

  cutNext(plan: CutPlan): void {
    this.#plan = plan;
  }

  stall(): void {
    for (const carrier of this.#carriers.keys()) carrier.stall();
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#server.close(resolve));
    const carriers = [...this.#carriers.keys()];
    for (const carrier of carriers) carrier.cut();
    for (const client of this.#clients) client.resetAndDestroy();
    await Promise.all([gone, ...carriers.map(({ closed }) => closed)]);
  }

  #dial(client: Socket): void {
    const connection = ++this.#connections;
    this.#clients.add(client);
    this.#tell({ kind: "dialled", connection, atSec: this.#now() / 1000 });
    const dialling = this.#after(this.#options.profile.setup, () => this.#up(client, connection));
    // A reset is told by `close`; unheard it would end the process.
    client
      .on("error", () => undefined)
      .once("close", () => {
        clearTimeout(dialling);
        this.#clients.delete(client);
      });
  }

  #up(client: Socket, connection: number): void {
    const { profile, connect, seed = 1, onBytes = () => undefined } = this.#options;
    const upAt = this.#now();
    const carrier: Carrier = new Carrier({
      profile,
      near: client,
      far: createConnection({ ...connect, noDelay: true, allowHalfOpen: true }),
      now: () => this.#now(),
      speed: this.#speed,
      random: seeded(seed + connection),
      onTurn: (to, at) => this.#tell({ kind: "turn", connection, atSec: at / 1000, to }),
      onBytes,
      onLimit: () => this.#break(carrier, "cut"),
    });
    this.#carriers.set(carrier, { connection, upAt });
    this.#tell({ kind: "up", connection, atSec: upAt / 1000 });
    const timers = this.#breaks(carrier, upAt);
    void carrier.closed.then(() => {
      for (const timer of timers) clearTimeout(timer);
      this.#closed(carrier, connection, upAt);
    });
  }

  #closed(carrier: Carrier, connection: number, upAt: number): void {
    const { stats, problem } = carrier;
    const now = this.#now();
    this.#carriers.delete(carrier);
    this.#done.push(stats);
    this.#upMs += now - upAt;
    this.#tell({
      kind: "closed",
      connection,
      atSec: now / 1000,
      stats,
      ...(problem === undefined ? {} : { problem }),
    });
  }

  #breaks(carrier: Carrier, upAt: number): NodeJS.Timeout[] {
    const { profile, cuts = true, cutEverySec, manyWindows = false } = this.#options;
    const timers: NodeJS.Timeout[] = [];
    const plan = this.#plan;
    this.#plan = undefined;
    if (plan !== undefined) carrier.breakAfter(plan);
    if (plan?.ms !== undefined) timers.push(this.#after(plan.ms, () => this.#break(carrier, "cut")));
    if (!cuts) return timers;
    if (this.#windowEnd === undefined || (manyWindows && this.#windowEnd <= upAt))
      this.#windowEnd = upAt + profile.windowSec * 1000;
    const seconds = cutEverySec ?? cutAfter(this.#random(), profile.mtbcSec);
    timers.push(this.#after(seconds * 1000, () => this.#break(carrier, "cut")));
    timers.push(this.#after(this.#windowEnd - upAt, () => this.#break(carrier, "window")));
    return timers;
  }

  #break(carrier: Carrier, why: "cut" | "window"): void {
    const known = this.#carriers.get(carrier);
    if (known === undefined) return;
    if (why === "cut") this.#cuts += 1;
    this.#tell({ kind: "cut", connection: known.connection, atSec: this.#now() / 1000, why });
    carrier.cut();
  }

  #now(): number {
    return (performance.now() - this.#started) * this.#speed;
  }

  #after(ms: number, act: () => void): NodeJS.Timeout {
    return setTimeout(act, Math.max(0, ms) / this.#speed);
  }

  #tell(event: LineEvent): void {
    this.#options.onEvent?.(event);
  }
}
