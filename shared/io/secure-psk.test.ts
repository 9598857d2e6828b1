import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import tls from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { cutPair } from "../../test/support/cut-pair.ts";
import { PSK_TLS } from "./psk-common.ts";
import { type SecurePskOptions, securePsk } from "./secure-psk.ts";

const KEY = Buffer.alloc(32, 7);

/** The hub's end, over any stream; echoes. */
function answering(carrier: Duplex): void {
  const server = tls.createServer({
    ...PSK_TLS,
    ALPNProtocols: ["qrelay/1"],
    pskCallback: (_socket, identity) => (identity === "herat" ? KEY : null),
  });
  server.on("secureConnection", (stream) => stream.on("error", () => undefined).pipe(stream));
  server.on("tlsClientError", () => carrier.destroy());
  server.emit(
    "connection",
    carrier.on("error", () => undefined),
  );
}

function options(carrier: Duplex, more: Partial<SecurePskOptions> = {}): SecurePskOptions {
  const signal = new AbortController().signal;
  const who = { identity: "herat", key: KEY, alpn: "qrelay/1" };
  return { carrier, where: "the modem", ...who, signal, timeoutMs: 10_000, ...more };
}

describe("the link's TLS over a stream that is no socket", () => {
  it("opens, carries bytes both ways, and takes its carrier with it when it closes", async () => {
    const [near, far] = duplexPair();
    answering(far);
    const stream = await securePsk(options(near));
    stream.write("there and back");
    expect(String((await once(stream, "data"))[0])).toBe("there and back");
    expect(stream.getProtocol()).toBe("TLSv1.3");
    const gone = once(near, "close");
    stream.destroy();
    await gone;
  });

  it("holds a writer up while the carrier takes nothing", async () => {
    const { near, far, bytes } = cutPair();
    answering(far);
    const stream = await securePsk(options(near));
    onTestFinished(() => void stream.destroy());
    far.pause();
    for (let block = 0; block < 200; block += 1) stream.write(Buffer.alloc(50_000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stream.writableNeedDrain).toBe(true);
    expect(bytes.up).toBeLessThan(1_000_000);
  });

  it("cut at any byte of the handshake is an error that names the carrier, and the carrier is closed", async () => {
    const whole = cutPair();
    answering(whole.far);
    const stream = await securePsk(options(whole.near));
    // What had crossed when the dialler was content; its own last flight goes out after that.
    const needed = { up: whole.bytes.up, down: whole.bytes.down - 1 };
    stream.destroy();
    for (const direction of ["up", "down"] as const)
      for (let after = 0; after <= needed[direction]; after += 1) {
        const { near, far } = cutPair({ [direction]: after });
        answering(far);
        await expect(securePsk(options(near)), `${direction} ${after}`).rejects.toThrow(/^Cannot reach the modem: /);
        expect(near.destroyed).toBe(true);
      }
  });

  it("gives up a carrier that says nothing: in time, or at its signal", async () => {
    const [near] = duplexPair();
    await expect(securePsk(options(near, { timeoutMs: 20 }))).rejects.toThrow(
      "Cannot reach the modem: no answer in time",
    );
    expect(near.destroyed).toBe(true);
    const [again] = duplexPair();
    const stop = new AbortController();
    const waiting = securePsk(options(again, { signal: stop.signal }));
    stop.abort();
    await expect(waiting).rejects.toThrow("Cannot reach the modem: stopped");
  });

  it.each([
    ["a wrong key", { key: Buffer.alloc(32, 8) }],
    ["an office that nobody knows", { identity: "atlantis" }],
  ])("is refused with %s", async (_what, wrong) => {
    const [near, far] = duplexPair();
    answering(far);
    await expect(securePsk(options(near, wrong))).rejects.toThrow(/^Cannot reach the modem: /);
  });
});
