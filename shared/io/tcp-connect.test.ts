import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectTcp } from "./tcp-connect.ts";
import { listenTcp } from "./tcp-listen.ts";

const NEVER = new AbortController().signal;

async function echo(): Promise<number> {
  const listener = await listenTcp({ host: "127.0.0.1", port: 0 }, (socket) => void socket.pipe(socket));
  onTestFinished(() => listener.close());
  return listener.port;
}

describe("connecting", () => {
  it("gives an open connection whose other side may end first", async () => {
    const socket = await connectTcp({ host: "127.0.0.1", port: await echo(), timeoutMs: 5000, signal: NEVER });
    socket.end("hello");
    expect(String((await once(socket, "data"))[0])).toBe("hello");
    // One that stays: a reset before the next user listens must not end the process.
    expect(socket.listenerCount("error")).toBe(1);
    socket.destroy();
  });

  it("names the address and the reason when nobody is there", async () => {
    const port = await echo();
    const listener = await listenTcp({ host: "127.0.0.1", port: 0 }, () => undefined);
    await listener.close();
    expect(port).toBeGreaterThan(0);
    await expect(
      connectTcp({ host: "127.0.0.1", port: listener.port, timeoutMs: 5000, signal: NEVER }),
    ).rejects.toThrow(`Cannot reach 127.0.0.1:${listener.port}: connect ECONNREFUSED`);
  });

  it("gives up in time, and at its signal, before or during", async () => {
    // TEST-NET-1: packets to it go nowhere; where a router says so at once, the reason differs and nothing else.
    const nowhere = { host: "192.0.2.1", port: 9, timeoutMs: 50 };
    await expect(connectTcp({ ...nowhere, signal: NEVER })).rejects.toThrow("Cannot reach 192.0.2.1:9: ");
    const stop = new AbortController();
    const waiting = connectTcp({ ...nowhere, timeoutMs: 60_000, signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toThrow("Cannot reach 192.0.2.1:9: ");
    await expect(
      connectTcp({ host: "127.0.0.1", port: await echo(), timeoutMs: 5000, signal: AbortSignal.abort() }),
    ).rejects.toThrow("stopped");
  });
});
