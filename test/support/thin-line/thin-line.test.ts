import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { cutAfter, LineModel, seeded } from "./line-model.ts";
import { PROFILES, type Profile } from "./profile.ts";
import { startThinLine, type ThinLineOptions } from "./thin-line.ts";

const LINE: Profile = {
  says: "a line for tests",
  up: 8000,
  down: 16_000,
  latency: 100,
  half: false,
  turn: 500,
  setup: 0,
  mtbcSec: 1e6,
  windowSec: 1e6,
  windowsPerDay: 1,
};

describe("the line in virtual time", () => {
  it("lets each byte leave at its rate and arrive a delay later", () => {
    const line = new LineModel(LINE);
    expect(line.send("up", 1000, 0)).toEqual({ leaves: 1000, arrives: 1100 });
    expect(line.send("up", 500, 0)).toEqual({ leaves: 1500, arrives: 1600 });
    expect(line.send("down", 1000, 0)).toEqual({ leaves: 500, arrives: 600 });
    expect(line.stats).toEqual({ bytes: { up: 1500, down: 1000 }, busy: { up: 1500, down: 500 }, turns: 0 });
  });

  it("carries one direction at a time on half duplex, and a turn has its price", () => {
    const line = new LineModel({ ...LINE, half: true });
    line.send("up", 1000, 0);
    expect(line.mayStart("down", 900, false)).toBe(false);
    expect(line.mayStart("down", 1100, true)).toBe(false);
    expect(line.mayStart("down", 1100, false)).toBe(true);
    expect(line.send("down", 1000, 1100)).toEqual({ leaves: 2100, arrives: 2200 });
    expect(line.stats.turns).toBe(1);
  });

  it("cuts at the same moments for the same seed, with the wanted mean", () => {
    const draw = (seed: number): number[] => {
      const random = seeded(seed);
      return Array.from({ length: 5000 }, () => cutAfter(random(), 300));
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    const mean = draw(3).reduce((sum, one) => sum + one, 0) / 5000;
    expect(mean).toBeGreaterThan(280);
    expect(mean).toBeLessThan(320);
  });
});

async function through(options: Partial<ThinLineOptions> = {}) {
  const served: Socket[] = [];
  const server = createServer((socket) => void served.push(socket.on("error", () => undefined))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const line = await startThinLine({ profile: LINE, connect: { host: "127.0.0.1", port }, cuts: false, ...options });
  const client = createConnection(line.port, "127.0.0.1").on("error", () => undefined);
  onTestFinished(async () => {
    client.destroy();
    await line.close();
    server.close();
  });
  await once(server, "connection");
  const far = served[0];
  if (far === undefined) throw new Error("Nobody was connected");
  return { line, client, far };
}

async function received(socket: Socket, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of socket) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size >= bytes) break;
  }
  return Buffer.concat(parts);
}

describe("the line between sockets", () => {
  it("loses and changes nothing both ways", async () => {
    const { client, far, line } = await through({ speed: 50 });
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_one, index) => index % 251));
    client.write(bytes);
    far.write(bytes);
    const [up, down] = await Promise.all([received(far, bytes.length), received(client, bytes.length)]);
    expect(up.equals(bytes)).toBe(true);
    expect(down.equals(bytes)).toBe(true);
    expect(line.stats().bytes).toEqual({ up: 20_000, down: 20_000 });
  });

  it("takes the time that the profile says, divided by the speed", async () => {
    const { client, far } = await through({ speed: 20 });
    const began = performance.now();
    client.write(Buffer.alloc(10_000));
    await received(far, 10_000);
    // Ten seconds and a tenth of line time.
    const lineMs = (performance.now() - began) * 20;
    expect(lineMs).toBeGreaterThan(9900);
  });

  it("tells both ends of a cut, and nobody of a stall", async () => {
    const { client, far, line } = await through();
    line.stall();
    client.write("lost");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([client.destroyed, far.destroyed, line.stats().bytes.up]).toEqual([false, false, 0]);
    // Not `once`, which an error (the reset) would end.
    const gone = Promise.all([client, far].map((end) => new Promise((resolve) => end.on("close", resolve))));
    line.cut();
    await gone;
  });

  it("carries the last bytes of an end that closes", async () => {
    const { client, far } = await through({ speed: 50 });
    client.end(Buffer.alloc(3000, 7));
    expect((await received(far, 3000)).length).toBe(3000);
  });

  it("has the profiles that the bench uses", () => {
    expect(Object.keys(PROFILES)).toEqual([
      "hf-poor",
      "hf-good",
      "iridium-dial",
      "lband-ip",
      "gprs-edge",
      "vsat-borrowed",
    ]);
  });
});
