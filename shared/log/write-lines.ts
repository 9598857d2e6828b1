// Where log lines leave the process. They hold no promise: mail goes on when they are lost. (Not pino's own
// destination: on a full disk its last flush repeats for ever and the process never ends.)
import { write, writeSync } from "node:fs";
import type { Writable } from "node:stream";

export interface Lines {
  write(line: string): void;
  /** Lines lost since the last call; 0 while there is still no room to say so. */
  takeDropped(): number;
}

/** Lines that wait for a slow or full log are held in memory up to this many bytes, then lost. */
const MAX_BACKLOG = 1_000_000;

const STDERR = 2;

/** How long a full pipe (EAGAIN) is left alone before the next try. */
const PIPE_FULL_PAUSE_MS = 100;

/** Lines to stderr, written in the background; what is left when the process exits is written then. */
export function stderrLines(): Lines {
  let waiting: string[] = [];
  let bytes = 0;
  let busy = false;
  let dropped = 0;

  const writeNext = () => {
    if (busy || waiting.length === 0) return;
    const batch = Buffer.from(waiting.join(""));
    const lines = waiting.length;
    waiting = [];
    busy = true;
    writeRest(batch, lines);
  };
  const writeRest = (batch: Buffer, lines: number) => {
    write(STDERR, batch, (error, written) => {
      if (error?.code === "EAGAIN") setTimeout(() => writeRest(batch, lines), PIPE_FULL_PAUSE_MS).unref();
      else if (error === null && written < batch.length) writeRest(batch.subarray(written), lines);
      else {
        if (error !== null) dropped += lines;
        bytes = waiting.reduce((sum, line) => sum + line.length, 0);
        busy = false;
        writeNext();
      }
    });
  };

  process.once("exit", () => {
    try {
      writeSync(STDERR, waiting.join(""));
    } catch {
      // Full disk or no reader at the very end: the lines are lost, the exit code must not be.
    }
  });
  return {
    write(line) {
      if (bytes + line.length > MAX_BACKLOG) {
        dropped++;
        return;
      }
      waiting.push(line);
      bytes += line.length;
      writeNext();
    },
    takeDropped() {
      if (bytes >= MAX_BACKLOG / 2) return 0;
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}

/** Lines to a stream that somebody else owns. */
export function writableLines(stream: Writable): Lines {
  let dropped = 0;
  const hasRoom = () => stream.writable && stream.writableLength < MAX_BACKLOG;
  // Without a listener an EPIPE would end the node.
  stream.on("error", () => {});
  return {
    write(line) {
      if (hasRoom()) stream.write(line);
      else dropped++;
    },
    takeDropped() {
      if (!hasRoom()) return 0;
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}
