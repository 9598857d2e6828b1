import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { openExecCarrier } from "./exec-carrier.ts";
import { type Listener, listenPsk } from "./psk.ts";
import { securePsk } from "./secure-psk.ts";

const KEY = Buffer.alloc(32, 7);
const NODE = process.execPath;
const run = (script: string, ...args: string[]) => [NODE, "-e", script, ...args];

/** What a radio helper does: stdin and stdout joined to a TCP port. */
const TO_PORT = `const s = require("net").connect(Number(process.argv[1]), "127.0.0.1");
process.stdin.pipe(s); s.pipe(process.stdout); s.on("close", () => process.exit(0));`;

async function failure(command: readonly string[]): Promise<string> {
  const { stream } = openExecCarrier(command);
  stream.resume();
  return errorOf(stream);
}

function errorOf(stream: Duplex): Promise<string> {
  return new Promise((resolve) => stream.once("error", ({ message }) => resolve(message)));
}

/** Greets each office by its name. */
function greeting(): Promise<Listener> {
  return listenPsk({
    host: "127.0.0.1",
    port: 0,
    keyOf: () => KEY,
    alpn: ["qrelay/1"],
    onConnection: ({ stream, identity }) => void stream.end(`hello ${identity}`),
    onRefused: () => undefined,
  });
}

function secured(carrier: Duplex, signal = new AbortController().signal): Promise<TLSSocket> {
  const who = { identity: "herat", key: KEY, alpn: "qrelay/1" };
  return securePsk({ carrier, where: "the modem", ...who, signal, timeoutMs: 10_000 });
}

describe("a command as carrier", () => {
  it("carries bytes both ways and counts them", async () => {
    const { stream, wire } = openExecCarrier(run("process.stdin.pipe(process.stdout)"));
    stream.write("there and back");
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(chunk.toString()).toBe("there and back");
    expect(wire()).toEqual({ up: 14, down: 14 });
    stream.destroy();
  });

  it("carries the link's TLS", async () => {
    const listener = await greeting();
    const { stream: carrier, wire } = openExecCarrier(run(TO_PORT, String(listener.port)));
    const stream = await secured(carrier);
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(chunk.toString()).toBe("hello herat");
    expect(wire().down).toBeGreaterThan(200);
    stream.destroy();
    await listener.close();
  });

  it("that is not there, or ends badly, is an error that says what it said", async () => {
    expect(await failure(["/nowhere/modem"])).toMatch(/^Cannot run \/nowhere\/modem: .*ENOENT/);
    expect(await failure(run("console.error('dialling'); console.error('NO CARRIER'); process.exit(3)"))).toBe(
      `${NODE} ended with 3: NO CARRIER`,
    );
    expect(await failure(run("process.kill(process.pid, 'SIGKILL')"))).toBe(`${NODE} was ended by SIGKILL`);
  });

  it("tells why it ended also to who is writing, and not that a pipe is broken", async () => {
    const script = "process.stdin.destroy(); setTimeout(() => { console.error('BUSY'); process.exit(4); }, 200)";
    const { stream } = openExecCarrier(run(script));
    const writing = setInterval(() => stream.write(Buffer.alloc(100_000)), 10);
    onTestFinished(() => clearInterval(writing));
    stream.resume();
    expect(await errorOf(stream)).toBe(`${NODE} ended with 4: BUSY`);
  });

  it("delivers what came before it ended badly, however late it is read", async () => {
    const script = "process.stdout.write('x'.repeat(30000), () => process.exit(3))";
    const { stream, ended } = openExecCarrier(run(script));
    await ended;
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    expect(await errorOf(stream)).toBe(`${NODE} ended with 3`);
    expect(bytes).toBe(30_000);
  });

  it("ends the stream when it ends well", async () => {
    const { stream } = openExecCarrier(run("process.stdout.write('all')"));
    const parts = await stream.toArray();
    expect(String(Buffer.concat(parts as Buffer[]))).toBe("all");
  });

  it("is held up by a reader, and holds a writer up", async () => {
    const floods = openExecCarrier(run("process.stdout.write('x'.repeat(5e6))"));
    await expect.poll(() => floods.wire().down).toBeGreaterThan(0);
    await sleep(200);
    expect(floods.wire().down).toBeLessThan(1_000_000);
    floods.stream.resume();
    await floods.ended;
    expect(floods.wire().down).toBe(5_000_000);

    const deaf = openExecCarrier(run("setInterval(() => {}, 1000)"));
    for (let block = 0; block < 100; block += 1) deaf.stream.write(Buffer.alloc(50_000));
    await sleep(200);
    expect(deaf.wire().up).toBeLessThan(1_000_000);
    expect(deaf.stream.writableNeedDrain).toBe(true);
    deaf.stream.on("error", () => undefined).destroy(new Error("stopped"));
    await deaf.ended;
  });

  it("may hang up when the stream is destroyed: what it was given still crosses", async () => {
    const heard = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void heard.close());
    await once(heard, "listening");
    const { port } = heard.address() as { port: number };
    const slow = `setTimeout(() => process.stdin.pipe(require("net").connect(${port}, "127.0.0.1")), 300)`;
    const { stream } = openExecCarrier(run(slow));
    stream.write("good-bye", () => stream.destroy());
    const [socket] = (await once(heard, "connection")) as [Socket];
    expect(String(Buffer.concat((await socket.toArray()) as Buffer[]))).toBe("good-bye");
  });

  it("is ended at once with everything that it started when the stream is destroyed with an error", async () => {
    const { stream, ended, pids } = await withChild("");
    stream.on("error", () => undefined).destroy(new Error("stopped"));
    await ended;
    await expect.poll(() => pids.map(isAlive), { timeout: 10_000 }).toEqual([false, false]);
  });

  it("is killed when it does not obey, and what it leaves behind too", async () => {
    const { stream, ended, pids } = await withChild("process.on('SIGTERM', () => {});");
    stream.on("error", () => undefined).destroy(new Error("stopped"));
    await ended;
    await expect.poll(() => pids.map(isAlive), { timeout: 10_000 }).toEqual([false, false]);
  });

  it("is ended at once by a signal while it dials, and by none when the handshake is over", async () => {
    const dialling = new AbortController();
    const modem = openExecCarrier(run("setInterval(() => {}, 1000)"));
    const waiting = secured(modem.stream, dialling.signal);
    dialling.abort();
    await expect(waiting).rejects.toThrow("Cannot reach the modem: stopped");
    const began = performance.now();
    await modem.ended;
    expect(performance.now() - began).toBeLessThan(4000);

    const listener = await greeting();
    const later = new AbortController();
    const stream = await secured(openExecCarrier(run(TO_PORT, String(listener.port))).stream, later.signal);
    later.abort();
    expect(String((await once(stream, "data"))[0])).toBe("hello herat");
    stream.destroy();
    await listener.close();
  });
});

/** A command with a child of its own, both of which first do what `first` says. */
async function withChild(first: string) {
  const wait = `${first} setInterval(() => {}, 1000);`;
  const script = `${first} const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(`${wait} console.log()`)}]);
c.stdout.once("data", () => console.log(process.pid + " " + c.pid)); setInterval(() => {}, 1000);`;
  const { stream, ended } = openExecCarrier(run(script));
  const [said] = (await once(stream, "data")) as [Buffer];
  return { stream, ended, pids: said.toString().trim().split(" ").map(Number) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: it has ended.
    return false;
  }
}
