import { type Duplex, duplexPair } from "node:stream";

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
  const [spoke, nearSpoke] = duplexPair();
  const [hub, nearHub] = duplexPair();
  const bytes = { up: 0, down: 0 };
  const both = [nearSpoke, nearHub, spoke, hub];
  const breakOff = (): void => {
    for (const end of both) end.destroy();
  };
  pump(nearSpoke, nearHub, "up");
  pump(nearHub, nearSpoke, "down");
  for (const end of both) end.on("error", () => undefined).once("close", () => setImmediate(breakOff));
  return { spoke, hub, bytes };

  function pump(from: Duplex, to: Duplex, direction: Cut["direction"]): void {
    from.on("data", (chunk: Uint8Array) => {
      const left = cut?.direction === direction ? cut.after - bytes[direction] : Number.POSITIVE_INFINITY;
      const part = chunk.subarray(0, Math.max(0, left));
      bytes[direction] += part.length;
      if (part.length > 0 && !to.destroyed) to.write(part);
      // The reader has had its turn before the line is gone.
      if (part.length < chunk.length || bytes[direction] === cut?.after) setTimeout(breakOff, 1);
    });
    from.on("end", () => to.end());
  }
}
