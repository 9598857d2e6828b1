import type { Duplex } from "node:stream";
import { cutPair } from "../support/cut-pair.ts";

/** A line between two ends that breaks after exactly so many bytes of one direction; what came before them arrives. */
export interface CutLine {
  readonly spoke: Duplex;
  readonly hub: Duplex;
  /** Bytes that crossed. */
  readonly bytes: { up: number; down: number };
}

export interface Cut {
  readonly direction: "up" | "down";
  /** The line breaks when this many bytes have crossed. */
  readonly after: number;
}

export function cutLine(cut?: Cut): CutLine {
  const { near: spoke, far: hub, bytes } = cutPair(cut === undefined ? {} : { [cut.direction]: cut.after });
  return { spoke, hub, bytes };
}
