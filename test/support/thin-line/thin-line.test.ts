import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { LineEvent } from "./line-report.ts";
import { PROFILES } from "./profile.ts";
import { LINE } from "./test-line.ts";
import { startThinLine, type ThinLineOptions } from "./thin-line.ts";

const LOCAL = "127.0.0.1";

async function serverPort(server: Server): Promise<number> {
  server.listen(0, LOCAL);
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

/** A line with a server behind it that leaves its sockets to the test. */
async function laid(options: Partial<ThinLineOptions> = {}) {
  const events: LineEvent[] = [];
  const served: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    served.push(socket.on("error", () => undefined));
  });
  const port = await serverPort(server);
  const line = await startThinLine({
    profile: LINE,
    connect: { host: LOCAL, port },
    cuts: false,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  const clients: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of [...clients, ...served]) socket.destroy();
    await line.close();
    server.close();
  });
  const dial = (): Socket => {
    const client = connect({ host: LOCAL, port: line.port, allowHalfOpen: true, noDelay: true });
    clients.push(client.on("error", () => undefined));
    return client;
  };
  const through = async (): Promise<{ client: Socket; far: Socket }> => {
    const client = dial();
    const before = served.length;
    await vi.waitFor(() => expect(served.length).toBe(before + 1), { timeout: 5000, interval: 2 });
    const far = served.at(-1);
    if (far === undefined) throw new Error("Nobody was connected");
    return { client, far };
  };
  return { line, events, dial, through };
}

/** All bytes until the socket ends or breaks, or until there are so many. */
function received(socket: Socket, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    const finish = (): void => resolve(Buffer.concat(parts));
    socket.on("data", (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size >= most) finish();
    });
    for (const event of ["end", "close"]) socket.on(event, finish);
    socket.resume();
  });
}

/** Not `once`, which an error (the reset) would end. */
function closed(...sockets: Socket[]): Promise<unknown> {
  return Promise.all(
    sockets.map((socket) => socket.closed || new Promise((resolve) => socket.on("close", resolve).resume())),
  );
}

function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_one, index) => index % 251));
}

const kinds = (events: readonly LineEvent[]): string[] => events.map(({ kind }) => kind);

describe("the line between sockets", () => {
  it.each([false, true])("loses and reorders nothing, half duplex %s", async (half) => {
    const { line, through } = await laid({ speed: 100, profile: { ...LINE, half, jitter: 50 } });
    const { client, far } = await through();
    const bytes = pattern(20_000);
    client.write(bytes);
    far.write(bytes);
    const [up, down] = await Promise.all([received(far, bytes.length), received(client, bytes.length)]);
    expect([up.equals(bytes), down.equals(bytes)]).toEqual([true, true]);
    expect(line.stats()).toMatchObject({ bytes: { up: 20_000, down: 20_000 }, busy: { up: 20_000, down: 10_000 } });
    expect(line.stats().turns).toBe(half ? 1 : 0);
  });

  it.each([10, 40])("takes the time that the profile says at %i times the speed", async (speed) => {
    const { through } = await laid({ speed });
    const { client, far } = await through();
    const began = performance.now();
    client.write(Buffer.alloc(6000));
    await received(far, 6000);
    // 6 s and a tenth of line time, and what a busy machine adds.
    const realMs = performance.now() - began;
    expect(realMs * speed).toBeGreaterThan(6050);
    expect(realMs).toBeLessThan(6100 / speed + 400);
  });

  it("moves no byte while it dials, and the first ones then", async () => {
    const { events, through } = await laid({ speed: 10, profile: { ...LINE, setup: 2000 } });
    const { client, far } = await through();
    client.write("x");
    await received(far, 1);
    const [dialled, up] = events;
    expect(kinds(events)).toEqual(["dialled", "up"]);
    expect((up?.atSec ?? 0) - (dialled?.atSec ?? 0)).toBeGreaterThan(1.98);
  });

  it("counts the turns of question and answer, and tells each", async () => {
    const { line, events, through } = await laid({ speed: 50, profile: { ...LINE, half: true } });
    const { client, far } = await through();
    far.on("data", (chunk: Buffer) => far.write(chunk));
    for (let round = 0; round < 3; round += 1) {
      client.write("question");
      await once(client, "data");
    }
    expect(line.stats().turns).toBe(5);
    const turns = events.flatMap((event) => (event.kind === "turn" ? [event.to] : []));
    expect(turns).toEqual(["down", "up", "down", "up", "down"]);
  });

  it("carries the last bytes of an end that has said all, and the answer to them", async () => {
    const { through } = await laid({ speed: 50 });
    const { client, far } = await through();
    const answer = received(client);
    client.end(pattern(3000));
    expect((await received(far)).equals(pattern(3000))).toBe(true);
    far.end("all of it");
    expect(String(await answer)).toBe("all of it");
    await closed(client, far);
  });

  it("holds a fast sender up while the reader does not read, and keeps little itself", async () => {
    const { line, through } = await laid({ speed: 1000, profile: { ...LINE, up: 8e6 } });
    const { client, far } = await through();
    far.pause();
    // More than the kernel takes on both sides together.
    const bytes = Buffer.alloc(40_000_000, 1);
    client.write(bytes);
    await sleep(700);
    const taken = line.stats().bytes.up;
    await sleep(300);
    expect(line.stats().bytes.up).toBe(taken);
    expect(taken).toBeLessThan(bytes.length);
    expect((await received(far, bytes.length)).length).toBe(bytes.length);
  });
});

describe("accidents of the line", () => {
  it.each([0, 1, 777, 3000])("break it after exactly %i bytes of a direction, once", async (bytes) => {
    const { line, events, through } = await laid({ speed: 50 });
    line.cutNext({ up: bytes });
    const { client, far } = await through();
    const got = received(far);
    client.write(pattern(4000));
    await closed(client, far);
    expect((await got).equals(pattern(bytes))).toBe(true);
    await vi.waitFor(() => expect(kinds(events)).toEqual(["dialled", "up", "cut", "closed"]));
    const again = await through();
    again.client.write(pattern(4000));
    expect((await received(again.far, 4000)).length).toBe(4000);
    expect(line.stats()).toMatchObject({ connections: 2, cuts: 1 });
  });

  it("break it at a time of the line, with what is in the air", async () => {
    const { line, through } = await laid({ speed: 10 });
    line.cutNext({ ms: 1000 });
    const { client, far } = await through();
    const got = received(far);
    client.write(pattern(4000));
    await closed(client, far);
    // A byte a ms, a tenth of a second in the air.
    const { length } = await got;
    expect(length).toBeGreaterThan(400);
    expect(length).toBeLessThan(960);
    expect(line.stats().bytes.up).toBeGreaterThan(length);
  });

  it("come at the same moments for the same seed, and the window ends all", async () => {
    const moments = async (seed: number): Promise<number[]> => {
      const profile = { ...LINE, mtbcSec: 20, windowSec: 60 };
      const { events, dial } = await laid({ speed: 500, cuts: true, seed, profile });
      while (!events.some((event) => event.kind === "cut" && event.why === "window")) await closed(dial());
      const up = events.filter(({ kind }) => kind === "up");
      return events.filter(({ kind }) => kind === "cut").map(({ atSec }, index) => atSec - (up[index]?.atSec ?? 0));
    };
    const [first = [], second = []] = [await moments(5), await moments(5)];
    // The last one is the window's end; a timer may come some ms late, half a second of the line each.
    const count = Math.min(first.length, second.length) - 1;
    expect(count).toBeGreaterThan(0);
    for (let index = 0; index < count; index += 1)
      expect(Math.abs((first[index] ?? 0) - (second[index] ?? 0))).toBeLessThan(15);
  });

  it("drop who dials after the window, unless there are many windows", async () => {
    const profile = { ...LINE, windowSec: 10 };
    for (const manyWindows of [false, true]) {
      const { events, dial } = await laid({ speed: 100, cuts: true, manyWindows, profile });
      await closed(dial());
      await closed(dial());
      await vi.waitFor(() => expect(events).toHaveLength(8));
      const last = events.slice(-4);
      expect(kinds(last)).toEqual(["dialled", "up", "cut", "closed"]);
      const lasted = (last[2]?.atSec ?? 0) - (last[1]?.atSec ?? 0);
      if (manyWindows) expect(lasted).toBeGreaterThan(9.8);
      else expect(lasted).toBeLessThan(8);
    }
  });

  it("stall it, and nobody is told", async () => {
    const { line, through } = await laid();
    const { client, far } = await through();
    line.stall();
    client.write("lost");
    await sleep(50);
    expect([client.destroyed, far.destroyed, line.stats().bytes.up]).toEqual([false, false, 0]);
    line.cut();
    await closed(client, far);
  });

  it("pass a reset on to the other end, whoever made it", async () => {
    const { through } = await laid({ speed: 50 });
    for (const who of ["client", "far"] as const) {
      const ends = await through();
      const other = who === "client" ? ends.far : ends.client;
      let reset = "";
      other.on("error", ({ message }) => {
        reset = message;
      });
      ends[who].resetAndDestroy();
      await closed(other);
      expect(reset).toContain("ECONNRESET");
    }
  });

  it("tell who dials that nobody is there, and what was tried", async () => {
    const nobody = createServer();
    const port = await serverPort(nobody);
    await new Promise((resolve) => nobody.close(resolve));
    const { events, dial } = await laid({ connect: { host: LOCAL, port } });
    await closed(dial());
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ kind: "closed" }));
    expect(events.at(-1)).toMatchObject({ problem: expect.stringContaining(`ECONNREFUSED ${LOCAL}:${port}`) });
  });

  it("leave nothing open once it is closed: connected, dialling, stalled", async () => {
    const { line, dial, through, events } = await laid({ speed: 10, profile: { ...LINE, setup: 500 } });
    const { client, far } = await through();
    line.stall();
    const dialling = dial();
    await vi.waitFor(() => expect(kinds(events).filter((kind) => kind === "dialled")).toHaveLength(2));
    const gone = closed(client, far, dialling);
    await line.close();
    await gone;
    await expect(once(dial(), "connect")).rejects.toThrow("ECONNREFUSED");
  });
});

it("the profiles are those of the field", () => {
  const names = ["hf-poor", "hf-good", "iridium-dial", "lband-ip", "gprs-edge", "vsat-borrowed"];
  expect(Object.keys(PROFILES)).toEqual(names);
});
