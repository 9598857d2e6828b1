/** A line that breaks: TCP to somewhere else that lets so many bytes pass in a direction and then is gone. */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface CutAt {
  /** Bytes from the caller that pass; all when absent. */
  readonly up?: number;
  /** Bytes to the caller that pass. */
  readonly down?: number;
}

export interface CuttableLine {
  readonly port: number;
  /** The cut for the connections that follow, counted over all of them together. */
  cutAt(cut: CutAt): void;
  /** Bytes that passed since `cutAt`. */
  passed(): { up: number; down: number };
  close(): Promise<void>;
}

export async function cuttableLine(to: number): Promise<CuttableLine> {
  let left = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };
  let passed = { up: 0, down: 0 };
  const open = new Set<Socket>();
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  const pipe = (from: Socket, into: Socket, way: "up" | "down"): void => {
    from.on("data", (chunk: Buffer) => {
      const may = Math.min(chunk.length, left[way]);
      left[way] -= may;
      passed[way] += may;
      if (may === chunk.length) into.write(chunk);
      // What passed reaches the peer before the line is gone.
      else into.write(chunk.subarray(0, may), () => cut());
    });
    from.on("end", () => into.end());
    from.on("error", () => into.destroy());
    from.on("close", () => open.delete(from));
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
    const called = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    open.add(caller).add(called);
    pipe(caller, called, "up");
    pipe(called, caller, "down");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAt: ({ up = Number.POSITIVE_INFINITY, down = Number.POSITIVE_INFINITY }) => {
      left = { up, down };
      passed = { up: 0, down: 0 };
    },
    passed: () => ({ ...passed }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
