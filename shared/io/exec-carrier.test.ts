import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { openExecCarrier } from "./exec-carrier.ts";
import { listenPsk } from "./psk.ts";
import { securePsk } from "./secure-psk.ts";

const NEVER = new AbortController().signal;
const NODE = process.execPath;
const run = (script: string, ...args: string[]) => [NODE, "-e", script, ...args];

/** What a radio helper does: stdin and stdout joined to a TCP port. */
const TO_PORT = `const s = require("net").connect(Number(process.argv[1]), "127.0.0.1");
process.stdin.pipe(s); s.pipe(process.stdout); s.on("close", () => process.exit(0));`;

async function failure(command: readonly string[]): Promise<string> {
  const { stream } = openExecCarrier({ command, signal: NEVER });
  stream.resume();
  const [error] = (await once(stream, "error")) as [Error];
  return error.message;
}

describe("a command as carrier", () => {
  it("carries bytes both ways and counts them", async () => {
    const { stream, wire } = openExecCarrier({ command: run("process.stdin.pipe(process.stdout)"), signal: NEVER });
    stream.write("there and back");
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(chunk.toString()).toBe("there and back");
    expect(wire()).toEqual({ up: 14, down: 14 });
    stream.destroy();
  });

  it("carries the link's TLS", async () => {
    const listener = await listenPsk({
      host: "127.0.0.1",
      port: 0,
      keyOf: () => Buffer.alloc(32, 7),
      alpn: ["qrelay/1"],
      onConnection: ({ stream, identity }) => void stream.end(`hello ${identity}`),
      onRefused: () => undefined,
    });
    const { stream: carrier, wire } = openExecCarrier({ command: run(TO_PORT, String(listener.port)), signal: NEVER });
    const stream = await securePsk({
      carrier,
      where: "the modem",
      identity: "herat",
      key: Buffer.alloc(32, 7),
      alpn: "qrelay/1",
      signal: NEVER,
      timeoutMs: 10_000,
    });
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
  });

  it("is ended with everything that it started, when the stream is destroyed or the signal comes", async () => {
    const stop = new AbortController();
    const child = `const c = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
console.log(process.pid + " " + c.pid); setInterval(() => {}, 1000);`;
    const { stream } = openExecCarrier({ command: run(child), signal: stop.signal });
    const [said] = (await once(stream, "data")) as [Buffer];
    const pids = said.toString().trim().split(" ").map(Number);
    stop.abort();
    await expect.poll(() => pids.map(isAlive), { timeout: 10_000 }).toEqual([false, false]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: it has ended.
    return false;
  }
}
