import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Spool } from "#shared/queue/spool.js";
import { loadSpokeConfig } from "#spoke/config.js";
import { OUTBOUND, openSpoke, type SpokeNode } from "#spoke/node.js";
import { TestOffice, TOKEN } from "./test-support.ts";

let office: TestOffice;
beforeEach(async () => {
  office = new TestOffice();
  await office.spoke(["join", TOKEN]);
});
afterEach(() => office.remove());

/** Adds links to spoke.toml, and lets `work` do with the node what windows would have done. */
async function prepare(links: string, work: (node: SpokeNode) => Promise<void> | void): Promise<void> {
  appendFileSync(join(office.dir, "spoke.toml"), links);
  const node = openSpoke(loadSpokeConfig(office.dir), () => undefined);
  await node.store.queue(OUTBOUND).create();
  await work(node);
  await node.engine.stop();
  node.directory.close();
}

/** Mail to the hub. */
async function post(node: SpokeNode, bytes: number): Promise<void> {
  const spool = new Spool(node.store.partial);
  await spool.write(Buffer.from(`Subject: one\n\n${"x".repeat(69)}\n`.padEnd(bytes, `${"y".repeat(69)}\n`)));
  await node.engine.accept({
    envelope: { sender: "holly@herat.example.org", recipients: [{ address: "maria@example.net" }] },
    spool,
    origin: { relay: true },
    peer: { from: "client", with: "ESMTP" },
    refusals: "answer",
  });
  await spool.discard();
}

/** A window that ended a minute ago, after a minute in which so many bytes went. */
function windowOf(link: string, sent: number) {
  const closedAt = Date.now() - 60_000;
  const none = { messages: 0, bytes: 0 };
  const moved = { sent: { messages: 1, bytes: sent }, received: none, wire: { up: sent, down: 100 } };
  return { link, openedAt: closedAt - 60_000, closedAt, ended: "time", ...moved };
}

const HOURLY = 'windows = [{ cron = "0 * * * *", for = "30m", zone = "UTC" }]';

describe("spoke status", () => {
  it("of an office that has just joined says so, with the link's next window", async () => {
    const { exit, out } = await office.spoke(["status"]);
    expect(exit).toBe(0);
    expect(out).toMatch(/^herat: nothing waits\nlast contact: never\n/);
  });

  it("tells scripts when what waits will have gone, after how many windows", async () => {
    await prepare(`[[link]]\nname = "hf"\nconnect = "tls://127.0.0.1"\n${HOURLY}\n`, async (node) => {
      await post(node, 5000);
      node.directory.journal.add(windowOf("hf", 60_000));
    });
    const status = await office.json(["status"]);
    expect(status).toMatchObject({
      waiting: { messages: 1 },
      lastWindow: { link: "hf", ended: "time" },
      estimate: { at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), windows: 1 },
      estimateSeconds: expect.any(Number),
      stuck: [],
    });
    const { at } = status.estimate as { at: string };
    expect(Date.parse(at) - Date.now()).toBeLessThan(3_600_000);
    expect((await office.spoke(["status"])).out).toMatch(/what waits will have gone about .*, after 1 window\n/);
  });

  it("tells what a month has cost and that its budget is spent", async () => {
    const money = 'budget = { month = { money = 1 } }\nprice = { minute = 1.44, step = "20s", currency = "USD" }';
    await prepare(`[[link]]\nname = "sat"\nconnect = "tls://127.0.0.1"\n${HOURLY}\n${money}\n`, async (node) => {
      await post(node, 5000);
      // Opened now: a minute ago may have been the month before.
      node.directory.journal.add({ ...windowOf("sat", 60_000), openedAt: Date.now(), closedAt: Date.now() + 60_000 });
    });
    const { links } = await office.json(["status"]);
    expect((links as { name: string }[]).find(({ name }) => name === "sat")).toMatchObject({
      month: { windows: 1, bytes: 60_100, cost: expect.closeTo(1.44), currency: "USD", spent: expect.any(String) },
    });
    expect((await office.spoke(["status"])).out).toMatch(
      /this month: 1 window, 1 min, 60\.1kB on the line, 1\.44 USD\n {2}what is left of this month's money does not pay for a session: nothing more before 1 /,
    );
  });

  it("names what is too large for every link", async () => {
    const set = ["--set", "link.max-message=2k"];
    office.remove();
    office = new TestOffice();
    await office.spoke(["join", TOKEN, ...set]);
    await prepare("", (node) => post(node, 5000));
    const { stuck, ...rest } = await office.json(["status"]);
    expect(stuck).toEqual([{ id: expect.stringMatching(/^[A-Z2-7]{16}$/), class: "small", bytes: expect.any(Number) }]);
    expect(rest).not.toHaveProperty("estimate");
  });
});
