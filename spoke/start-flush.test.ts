import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Spool } from "#shared/queue/spool.js";
import { newSpokeToml, parseSpokeConfig } from "./config.ts";
import { openSpokeDirectory } from "./directory/directory.ts";
import type { WindowRecord } from "./directory/journal.ts";
import { OUTBOUND, openSpoke, type SpokeNode } from "./node.ts";
import { startFlush } from "./start-flush.ts";

/** Nobody listens on port 1 of this machine. */
const DEAD = "tls://127.0.0.1:1";
const NEVER = new AbortController().signal;
const NOTHING = { messages: 0, recipients: 0, bytes: 0 };

interface TestNode {
  readonly node: SpokeNode;
  /** What was logged: event and link. */
  readonly logged: string[];
}

/** An office with these links, on the real disk. */
async function office(links: string, now?: () => number): Promise<TestNode> {
  const dir = mkdtempSync(join(tmpdir(), "start-flush-"));
  const given = { domains: ["example.org"], office: "herat", host: "herat.example.org", hub: "hub.example.org" };
  const text = newSpokeToml({ ...given, key: Buffer.alloc(32, 7).toString("base64url"), link: [] }) + links;
  const read = parseSpokeConfig(text, dir);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  openSpokeDirectory(join(dir, "spoke.db"), { create: true }).close();
  const logged: string[] = [];
  const node = openSpoke(read.value, (event, { link }) => logged.push(`${event} ${String(link)}`), now);
  for (const name of ["sorting", OUTBOUND]) await node.store.queue(name).create();
  onTestFinished(async () => {
    await node.engine.stop();
    node.directory.close();
    rmSync(dir, { recursive: true });
  });
  return { node, logged };
}

const link = (name: string, connect: string, more = ""): string =>
  `[[link]]\nname = "${name}"\nconnect = "${connect}"\n${more}\n`;

/** A peer that takes connections and what is sent, and never says a word. */
async function silentPeer(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function post(node: SpokeNode): Promise<void> {
  const spool = new Spool(node.store.partial);
  await spool.write(Buffer.from("Subject: one\n\nbody\n"));
  await node.engine.accept({
    envelope: { sender: "holly@herat.example.org", recipients: [{ address: "maria@example.net" }] },
    spool,
    origin: { relay: true },
    peer: { from: "client", with: "ESMTP" },
    refusals: "answer",
  });
  await spool.discard();
}

function window(openedAt: number, minutes: number): WindowRecord {
  const moved = { messages: 0, bytes: 0 };
  const closedAt = openedAt + minutes * 60_000;
  return { link: "sat", openedAt, closedAt, ended: "time", sent: moved, received: moved, wire: { up: 9, down: 9 } };
}

it("tries the next link when one leads nowhere, and tells of the last", async () => {
  const port = await silentPeer();
  const { node, logged } = await office(
    link("hf", DEAD) + link("modem", "exec:/bin/false") + link("lan", `qmtp://127.0.0.1:${port}`) + link("late", DEAD),
  );
  expect(await startFlush(node, {}, NEVER)).toMatchObject({ ended: "drained", left: { messages: 0 } });
  expect(logged.filter((line) => line.startsWith("window-"))).toEqual([
    ...["window-open hf", "window-close hf", "window-open modem", "window-close modem"],
    ...["window-open lan", "window-close lan"],
  ]);
});

it("tries no other link than the one that is named", async () => {
  const port = await silentPeer();
  const { node } = await office(link("hf", DEAD) + link("lan", `qmtp://127.0.0.1:${port}`));
  expect(await startFlush(node, { link: "hf" }, NEVER)).toMatchObject({ ended: "unreachable" });
});

it("dials nothing more once it was asked to end", async () => {
  const { node, logged } = await office(link("hf", DEAD) + link("sat", DEAD));
  await startFlush(node, {}, AbortSignal.abort());
  expect(logged.filter((line) => line.startsWith("window-open"))).toEqual(["window-open hf"]);
});

it("dials nothing when the month's budget is spent, and says until when", async () => {
  const at = new Date(2026, 10, 20, 12).getTime();
  const { node, logged } = await office(link("sat", DEAD, "budget = { month = { minutes = 30 } }"), () => at);
  await post(node);
  node.directory.journal.add(window(at - 3_600_000, 31));
  expect(await startFlush(node, {}, NEVER)).toEqual({
    ended: "budget",
    reason: "this month's minutes are used up: nothing more before 1 December",
    seconds: 0,
    wire: { up: 0, down: 0 },
    sent: NOTHING,
    received: NOTHING,
    left: { messages: 1, bytes: expect.any(Number) },
    failed: [],
  });
  expect(logged).not.toContain("window-open sat");
  expect(logged).toContain("window-close sat");
});

it("goes on to the next link when the budget of one is spent", async () => {
  const port = await silentPeer();
  const at = Date.now();
  const budget = "budget = { month = { bytes = 10 } }";
  const { node } = await office(link("sat", DEAD, budget) + link("lan", `qmtp://127.0.0.1:${port}`), () => at);
  node.directory.journal.add(window(at, 0));
  expect(await startFlush(node, {}, NEVER)).toMatchObject({ ended: "drained" });
});

it("cuts the line when the time that is paid is over", async () => {
  const port = await silentPeer();
  const more = "budget = { money = 0.03 }\nprice = { minute = 1, step = '1s' }";
  const { node } = await office(link("sat", `qmtp://127.0.0.1:${port}`, more));
  await post(node);
  const report = await startFlush(node, {}, NEVER);
  expect(report).toMatchObject({ ended: "budget", left: { messages: 1 } });
  expect(report.seconds).toBeGreaterThan(0.4);
  expect(report.seconds).toBeLessThan(1.8);
});

it("has the time it was given for all links together", async () => {
  const port = await silentPeer();
  const { node, logged } = await office(link("hf", `tls://127.0.0.1:${port}`) + link("sat", DEAD));
  expect(await startFlush(node, { forMs: 300 }, NEVER)).toMatchObject({ ended: "unreachable" });
  expect(logged.filter((line) => line.startsWith("window-open"))).toEqual(["window-open hf"]);
});

it("is not over at once where the time is longer than a timer holds", async () => {
  const port = await silentPeer();
  const { node } = await office(link("lan", `qmtp://127.0.0.1:${port}`, "budget = { minutes = 100000 }"));
  await post(node);
  const stop = new AbortController();
  const began = performance.now();
  setTimeout(() => stop.abort(), 300);
  await startFlush(node, { forMs: 40 * 86_400_000 }, stop.signal);
  expect(performance.now() - began).toBeGreaterThan(250);
});

it("says who holds the link when another flush is under way", async () => {
  const port = await silentPeer();
  const { node } = await office(link("lan", `qmtp://127.0.0.1:${port}`));
  await post(node);
  const stop = new AbortController();
  const first = startFlush(node, {}, stop.signal);
  const second = await startFlush(node, {}, NEVER);
  expect(second).toMatchObject({ ended: "busy", reason: expect.stringContaining(String(process.pid)) });
  stop.abort();
  await first;
});
