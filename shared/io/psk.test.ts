import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectPsk, listenPsk, type PskConnectOptions } from "./psk.ts";

const KEY = randomBytes(32);

async function listening(keys: Record<string, Uint8Array> = { herat: KEY }) {
  const calls: { identity: string; alpn: string | undefined }[] = [];
  const refused: string[] = [];
  const listener = await listenPsk({
    host: "127.0.0.1",
    port: 0,
    keyOf: (identity) => (Object.hasOwn(keys, identity) ? keys[identity] : undefined),
    alpn: ["qmtp", "qmtp-turn"],
    onConnection: ({ identity, alpn, stream }) => {
      calls.push({ identity, alpn });
      stream.pipe(stream);
    },
    onRefused: (_address, reason) => void refused.push(reason),
  });
  onTestFinished(() => listener.close());
  const to = (more: Partial<PskConnectOptions> = {}): PskConnectOptions => ({
    host: "127.0.0.1",
    port: listener.port,
    identity: "herat",
    key: KEY,
    alpn: "qmtp",
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    ...more,
  });
  return { calls, refused, to, port: listener.port, close: () => listener.close() };
}

/** The client side by hand, for what our own client never does. */
function rawTls(port: number, options: tls.ConnectionOptions): tls.TLSSocket {
  const socket = tls.connect({ port, host: "127.0.0.1", checkServerIdentity: () => undefined, ...options });
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** `once` would reject for the error that comes first. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

const PSK: tls.ConnectionOptions = {
  minVersion: "TLSv1.3",
  ciphers: "TLS_AES_128_GCM_SHA256",
  pskCallback: () => ({ psk: KEY, identity: "herat" }),
};

describe("the link's carrier", () => {
  it("opens with the right key, tells who called and what for, and counts the bytes on the wire", async () => {
    const peer = await listening();
    const { stream, wire } = await connectPsk(peer.to({ alpn: "qmtp-turn" }));
    stream.write("hello");
    expect(String((await once(stream, "data"))[0])).toBe("hello");
    expect(peer.calls).toEqual([{ identity: "herat", alpn: "qmtp-turn" }]);
    expect(wire().up).toBeGreaterThan(200);
    expect(wire().up).toBeLessThan(1000);
    expect(stream.getProtocol()).toBe("TLSv1.3");
    stream.destroy();
  });

  it.each([
    ["a wrong key", { key: randomBytes(32) }],
    ["an identity nobody has", { identity: "atlantis" }],
    ["an identity that every object has", { identity: "__proto__" }],
    ["a purpose nobody knows", { alpn: "http/1.1" }],
  ])("refuses %s, and both sides hear of it", async (_what, wrong) => {
    const peer = await listening();
    await expect(connectPsk(peer.to(wrong))).rejects.toThrow(`Cannot reach 127.0.0.1:${peer.port}: `);
    await vi.waitFor(() => expect(peer.refused).toHaveLength(1));
    expect(peer.calls).toEqual([]);
  });

  it("serves a caller who names no purpose", async () => {
    const peer = await listening();
    await once(rawTls(peer.port, PSK), "secureConnect");
    await vi.waitFor(() => expect(peer.calls).toEqual([{ identity: "herat", alpn: undefined }]));
  });

  it.each([
    ["TLS without a key", { rejectUnauthorized: false }],
    ["TLS 1.2 with a key", { ...PSK, minVersion: "TLSv1.2", maxVersion: "TLSv1.2", ciphers: "PSK-AES128-GCM-SHA256" }],
  ] satisfies [string, tls.ConnectionOptions][])("refuses %s", async (_what, options) => {
    const peer = await listening();
    await closed(rawTls(peer.port, options));
    await vi.waitFor(() => expect(peer.refused).toHaveLength(1));
    expect(peer.calls).toEqual([]);
  });

  it("refuses plain garbage and goes on serving", async () => {
    const peer = await listening();
    const socket = connect(peer.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.end("12:\nnot TLS at all,0:,");
    socket.resume();
    await closed(socket);
    await vi.waitFor(() => expect(peer.refused).toHaveLength(1));
    const { stream } = await connectPsk(peer.to());
    await vi.waitFor(() => expect(peer.calls).toHaveLength(1));
    stream.destroy();
  });

  it("refuses a resumed session: by its ticket an office could come back whose key was taken away", async () => {
    const keys: Record<string, Uint8Array> = { herat: KEY };
    const peer = await listening(keys);
    const first = rawTls(peer.port, PSK);
    const [session] = (await once(first, "session")) as [Buffer];
    first.destroy();
    delete keys.herat;
    const again = rawTls(peer.port, { minVersion: "TLSv1.3", session, rejectUnauthorized: false });
    await closed(again);
    await vi.waitFor(() => expect(peer.refused).toHaveLength(1));
    expect(peer.calls).toHaveLength(1);
  });

  it("gives up at its signal, in time, and where nobody listens", async () => {
    const silent = tls.createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    const mute = await new Promise<number>((resolve) => {
      silent.once("listening", () => resolve((silent.address() as { port: number }).port));
    });
    const peer = await listening();
    const stop = new AbortController();
    const waiting = connectPsk(peer.to({ port: mute, signal: stop.signal, timeoutMs: 60_000 }));
    stop.abort();
    await expect(waiting).rejects.toThrow("stopped");
    await expect(connectPsk(peer.to({ signal: AbortSignal.abort() }))).rejects.toThrow("stopped");
    await peer.close();
    await expect(connectPsk(peer.to())).rejects.toThrow("ECONNREFUSED");
  });

  it("closes its listener though callers are connected", async () => {
    const peer = await listening();
    const { stream } = await connectPsk(peer.to());
    stream.on("error", () => undefined);
    stream.resume();
    await peer.close();
    await sleep(1);
    await expect(
      listenPsk({
        ...peer.to(),
        port: peer.port,
        alpn: ["qmtp"],
        keyOf: () => undefined,
        onConnection: () => undefined,
        onRefused: () => undefined,
      }).then((one) => one.close()),
    ).resolves.toBeUndefined();
  });
});
