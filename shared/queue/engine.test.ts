import { describe, expect, it } from "vitest";
import { Engine } from "./engine.ts";
import { Bench, DAY, DIR, POLICY } from "./test-bench.ts";

const TEXT = "Subject: x\n\nSECRET BODY\n";
const LINK_POLICY = { lifetime: 90 * DAY, delayNotice: 2 * DAY, step: 20 };
const HOLLY = "holly@herat.example.org";

function engineOf(bench: Bench): Engine {
  const postmaster = "postmaster@example.org";
  return new Engine({ ...bench.context, postmaster, sortPolicy: POLICY, linkPolicy: LINK_POLICY });
}

async function waiting(days: number, sender = "maria@example.org"): Promise<Bench> {
  const bench = await Bench.make();
  await bench.take(TEXT, [HOLLY], { envelope: { sender, recipients: [{ address: HOLLY }] } });
  bench.now += days * DAY * 1000;
  return bench;
}

/** One round of housekeeping: what `start` does first, and `stop` waits for. */
async function keepHouse(bench: Bench): Promise<void> {
  const engine = engineOf(bench);
  engine.start(() => ["office/herat"]);
  await engine.stop();
}

describe("a queue whose office never calls", () => {
  it("tells the sender once that mail waits", async () => {
    const bench = await waiting(3);
    await keepHouse(bench);
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(bench.mailbox("maria")[0]).toMatch(/no contact with\s+herat yet/);
    bench.now += DAY * 1000;
    await keepHouse(bench);
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(bench.entries("office/herat")).toHaveLength(1);
  });

  it("ends one day, with a bounce", async () => {
    const bench = await waiting(91);
    await keepHouse(bench);
    expect(bench.entries("office/herat")).toEqual([]);
    expect(bench.mailbox("maria")[0]).toContain("Status: 5.4.7");
    expect(bench.mailbox("maria")[0]).not.toContain("SECRET BODY");
  });

  it.each([
    ["before its time", 1],
    ["while the clock shows 1970", -20_000],
  ])("says nothing %s", async (_when, days) => {
    const bench = await waiting(days);
    await keepHouse(bench);
    expect(bench.mailbox("maria")).toEqual([]);
    expect(bench.entries("office/herat")).toHaveLength(1);
  });

  it("goes on with the other entries when one cannot be read", async () => {
    const bench = await waiting(91);
    await bench.disk.mkdir(`${DIR}/queue/office/herat/new/1780000000.broken`, { mode: 0o700 });
    await keepHouse(bench);
    expect(bench.disk.names(`${DIR}/queue/office/herat/new`)).toEqual(["1780000000.broken"]);
    expect(bench.logged("entry-unreadable")).toMatchObject([{ entry: "1780000000.broken" }]);
  });

  it("loses nothing, whichever call of the disk fails in the housekeeping, and the next round ends the work", async () => {
    const measured = await waiting(91);
    const before = measured.disk.calls.length;
    await keepHouse(measured);
    const calls = measured.disk.calls.length - before;
    for (let at = 1; at <= calls; at += 1) {
      const bench = await waiting(91);
      bench.disk.failNext(at, "EIO");
      await keepHouse(bench);
      await keepHouse(bench);
      expect(bench.entries("office/herat"), `call ${at}`).toEqual([]);
      expect(bench.mailbox("maria").length + bench.entries("sorting").length, `call ${at}`).toBeGreaterThan(0);
    }
  });

  it("is left to the link while it is on the line", async () => {
    const bench = await waiting(91);
    const engine = engineOf(bench);
    const release = await engine.turn("office/herat");
    engine.start(() => ["office/herat"]);
    await engine.stop();
    expect(bench.entries("office/herat")).toHaveLength(1);
    release();
  });
});

describe("the turns of a queue", () => {
  it("come one after another, also when one fails", async () => {
    const engine = engineOf(await Bench.make());
    const steps: string[] = [];
    const work = (name: string, fail = false) =>
      engine.exclusively("q", async () => {
        steps.push(`${name} begins`);
        await Promise.resolve();
        steps.push(`${name} ends`);
        if (fail) throw new Error(name);
      });
    const results = await Promise.allSettled([
      work("one", true),
      work("two"),
      engine.exclusively("r", async () => void steps.push("other")),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(steps.filter((step) => step !== "other")).toEqual(["one begins", "one ends", "two begins", "two ends"]);
  });
});

describe("the engine", () => {
  it("sorts what was accepted, without being asked", async () => {
    const bench = await Bench.make();
    const engine = engineOf(bench);
    await bench.take(TEXT, ["all@example.org"]);
    engine.start(() => []);
    for (let turn = 0; turn < 200 && bench.entries("sorting").length > 0; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(engine.retry("sorting")).toBe(true);
    expect(engine.retry("office/herat")).toBe(false);
    await engine.stop();
  });
});
