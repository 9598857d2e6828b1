import { createConnection, createServer, type Socket } from "node:net";
import { Carrier } from "./carrier.ts";
import { cutAfter, type LineStats, seeded } from "./line-model.ts";
import type { Profile } from "./profile.ts";

/**
 * A TCP proxy that behaves like a slow, dear, breaking line; see README.md. Everything it reports is in the line's own
 * time, whatever the speed.
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
  readonly onEvent?: (event: LineEvent) => void;
}

export type LineEvent =
  | { readonly kind: "up"; readonly atSec: number }
  | { readonly kind: "cut"; readonly atSec: number; readonly why: "cut" | "window" }
  | { readonly kind: "closed"; readonly atSec: number; readonly stats: LineStats };

export interface LineSum extends LineStats {
  readonly connections: number;
  readonly cuts: number;
  /** Seconds with the carrier up. */
  readonly upSec: number;
}

export interface ThinLine {
  readonly port: number;
  stats(): LineSum;
  /** Breaks what is connected now. */
  cut(): void;
  /** Bytes are swallowed from now on, and nobody is told. */
  stall(): void;
  close(): Promise<void>;
}

export async function startThinLine(options: ThinLineOptions): Promise<ThinLine> {
  const { profile, connect, speed = 1, seed = 1, cuts = true, onEvent = () => undefined } = options;
  const random = seeded(seed);
  const started = performance.now();
  const nowMs = (): number => (performance.now() - started) * speed;
  const carriers = new Set<Carrier>();
  const done: LineStats[] = [];
  const sum = { connections: 0, cuts: 0, upMs: 0 };
  let windowEnd: number | undefined;

  const server = createServer({ pauseOnConnect: true }, (client) => void serve(client));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.listen ?? { host: "127.0.0.1", port: 0 }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The thin line has no port");

  async function serve(client: Socket): Promise<void> {
    client.on("error", () => undefined);
    sum.connections += 1;
    await new Promise((resolve) => setTimeout(resolve, profile.setup / speed));
    if (client.destroyed) return;
    const peer = createConnection({ ...connect, noDelay: true });
    const carrier = new Carrier({ profile, near: client, far: peer, now: nowMs, speed });
    carriers.add(carrier);
    const upAt = nowMs();
    windowEnd ??= upAt + profile.windowSec * 1000;
    onEvent({ kind: "up", atSec: upAt / 1000 });
    const timers = cuts ? breaks(carrier, upAt) : [];
    await carrier.closed;
    for (const timer of timers) clearTimeout(timer);
    carriers.delete(carrier);
    done.push(carrier.stats);
    sum.upMs += nowMs() - upAt;
    onEvent({ kind: "closed", atSec: nowMs() / 1000, stats: carrier.stats });
  }

  function breaks(carrier: Carrier, upAt: number): NodeJS.Timeout[] {
    const after = (ms: number, why: "cut" | "window"): NodeJS.Timeout =>
      setTimeout(() => {
        sum.cuts += why === "cut" ? 1 : 0;
        onEvent({ kind: "cut", atSec: nowMs() / 1000, why });
        carrier.cut();
      }, Math.max(0, ms) / speed);
    const seconds = options.cutEverySec ?? cutAfter(random(), profile.mtbcSec);
    return [after(seconds * 1000, "cut"), after((windowEnd ?? upAt) - upAt, "window")];
  }

  return {
    port: address.port,
    stats: () => {
      const all = [...done, ...[...carriers].map(({ stats }) => stats)];
      const total = (of: (one: LineStats) => number): number => all.reduce((add, one) => add + of(one), 0);
      return {
        bytes: { up: total(({ bytes }) => bytes.up), down: total(({ bytes }) => bytes.down) },
        busy: { up: total(({ busy }) => busy.up), down: total(({ busy }) => busy.down) },
        turns: total(({ turns }) => turns),
        connections: sum.connections,
        cuts: sum.cuts,
        upSec: sum.upMs / 1000,
      };
    },
    cut: () => {
      for (const carrier of carriers) carrier.cut();
    },
    stall: () => {
      for (const carrier of carriers) carrier.stall();
    },
    close: () =>
      new Promise((resolve) => {
        for (const carrier of carriers) carrier.cut();
        server.close(() => resolve());
      }),
  };
}
