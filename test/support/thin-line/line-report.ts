import type { Direction, LineStats } from "./line-model.ts";
import type { Profile } from "./profile.ts";

/** What happens on a line, and the words for it (pure). Times are the line's own. */
export type LineEvent =
  /** `connection` counts from 1. */
  | { readonly kind: "dialled"; readonly connection: number; readonly atSec: number }
  | { readonly kind: "up"; readonly connection: number; readonly atSec: number }
  | { readonly kind: "turn"; readonly connection: number; readonly atSec: number; readonly to: Direction }
  | { readonly kind: "cut"; readonly connection: number; readonly atSec: number; readonly why: "cut" | "window" }
  | {
      readonly kind: "closed";
      readonly connection: number;
      readonly atSec: number;
      readonly stats: LineStats;
      /** An end broke off, or the far one could not be reached. */
      readonly problem?: string;
    };

export interface LineSum extends LineStats {
  readonly connections: number;
  readonly cuts: number;
  /** Seconds with the carrier up. */
  readonly upSec: number;
}

export function sumOf(all: readonly LineStats[]): LineStats {
  const sum = (of: (one: LineStats) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    bytes: { up: sum(({ bytes }) => bytes.up), down: sum(({ bytes }) => bytes.down) },
    busy: { up: sum(({ busy }) => busy.up), down: sum(({ busy }) => busy.down) },
    turns: sum(({ turns }) => turns),
  };
}

export function profileWords(profile: Profile, cuts: boolean): string {
  const { up, down, latency, half, turn, setup, mtbcSec, windowSec } = profile;
  const rate = up === down ? `${bits(up)} each way` : `${bits(up)} up, ${bits(down)} down`;
  const duplex = half ? `one direction at a time, ${seconds(turn)} to change it` : "both directions at once";
  const breaks = cuts
    ? `breaks every ${minutes(mtbcSec)} or so, and drops after ${minutes(windowSec)}`
    : "neither breaks nor drops";
  return `${rate}, ${seconds(latency)} of delay each way; ${duplex}; dials for ${seconds(setup)}; ${breaks}`;
}

export function eventWords(event: LineEvent): string {
  return `${event.atSec.toFixed(1).padStart(8)} s  #${event.connection} ${words(event)}`;
}

function words(event: LineEvent): string {
  switch (event.kind) {
    case "dialled":
      return "dialled";
    case "up":
      return "carrier up";
    case "turn":
      return `turn: now ${event.to}`;
    case "cut":
      return event.why === "cut" ? "cut" : "dropped: the window is over";
    case "closed":
      return `closed: ${statsWords(event.stats)}${event.problem === undefined ? "" : ` (${event.problem})`}`;
  }
}

export function sumWords(sum: LineSum): string {
  const up = `up for ${Math.round(sum.upSec)} s`;
  const busy = `sending for ${seconds(sum.busy.up)} up, ${seconds(sum.busy.down)} down`;
  return `${count(sum.connections, "connection")}, ${count(sum.cuts, "cut")}, ${up}, ${busy}; ${statsWords(sum)}`;
}

function statsWords({ bytes, turns }: LineStats): string {
  return `${bytes.up} bytes up, ${bytes.down} down, ${count(turns, "turn")}`;
}

function bits(rate: number): string {
  return `${rate.toLocaleString("en")} bit/s`;
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

function minutes(sec: number): string {
  return `${Number((sec / 60).toFixed(1))} min`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
