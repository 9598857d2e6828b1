import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { pendingReceipts } from "../hub/link/receipts-for-office.ts";
import { type TestHub, testHub } from "../hub/link/test-hub.ts";
import { officeQueue } from "../hub/router.ts";
import { decodeReceipts } from "../shared/link/receipts.ts";
import { deferred, delivered, failed, type Outcome } from "../shared/mail/outcome.ts";
import { settle } from "../shared/queue/settle.ts";
import { arrival, linked } from "../shared/queue/test-bench.ts";
import { openSpokeDirectory, type SpokeDirectory } from "../spoke/directory/directory.ts";
import { takeReceipts } from "../spoke/directory/take-receipts.ts";

/** Receipts from the hub's queues to the office's trace: what one end knows, the other is told, exactly and once. */
const ID = "ABCDEFGHIJKLMNOP";
const TEXT = "Message-ID: <1@herat.example.org>\nSubject: x\n\nx\n";
const NOW = Date.UTC(2026, 10, 28, 7, 2);
const POLICY = { lifetime: 5 * 86_400, delayNotice: 4 * 3600, step: 10 };

async function spoke(): Promise<SpokeDirectory> {
  const dir = await mkdtemp(join(tmpdir(), "qrelay-receipts-"));
  const directory = openSpokeDirectory(join(dir, "spoke.db"), { create: true });
  onTestFinished(async () => {
    directory.close();
    await rm(dir, { recursive: true });
  });
  return directory;
}

/** An office has sent a message, and the hub has it. */
async function sent(hub: TestHub, herat: SpokeDirectory, to: readonly string[], mailId = ID): Promise<void> {
  herat.trace.accepted({
    mailId,
    sender: "ali@example.org",
    from: "127.0.0.1",
    origin: {},
    recipients: to.map((named) => ({ named, stays: [{ recipient: named, place: "outbound" }] })),
    at: NOW,
  });
  const acceptance = await hub.engine.accept(
    await arrival(linked(mailId, TEXT), to, {
      envelope: { sender: "ali@example.org", recipients: to.map((address) => ({ address })) },
      once: true,
      origin: { relay: false, link: "herat" },
      peer: { from: "herat", with: "QMTPS" },
    }),
  );
  expect(acceptance.outcomes.map(({ kind }) => kind)).toEqual(to.map(() => "delivered"));
}

/** What a queue of the hub gets for its oldest entry. */
async function answer(hub: TestHub, queue: string, outcome: Outcome): Promise<void> {
  const at = hub.store.queue(queue);
  const [entry] = await at.list();
  const open = entry === undefined ? undefined : await at.open(entry);
  if (open === undefined) throw new Error(`There is nothing in ${queue}`);
  const outcomes = open.head.envelope.recipients.map(() => outcome);
  await settle(hub.engine.settleContext(POLICY), at, open, outcomes);
  await open.close();
}

/** One session's receipts; how many bytes they were. */
function session(hub: TestHub, herat: SpokeDirectory): number {
  const pending = pendingReceipts(hub, "herat");
  if (pending === undefined) return 0;
  expect(takeReceipts(herat, pending.content, NOW).kind).toBe("delivered");
  pending.confirm();
  return pending.content.length;
}

function told(herat: SpokeDirectory, mailId = ID) {
  const [record] = herat.trace.find(mailId, 1);
  return (record?.stays ?? []).filter(({ place }) => place === "hub");
}

describe("an office that sent mail", () => {
  it("is told at once of what is in a mailbox of headquarters", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    await sent(hub, herat, ["maria@example.org"]);
    expect(session(hub, herat)).toBeLessThanOrEqual(15);
    expect(told(herat)).toMatchObject([
      { named: "maria@example.org", outcome: "delivered", reached: "", heardAt: NOW, text: "" },
    ]);
    expect(session(hub, herat)).toBe(0);
  });

  it("is told that another office has it when that office has said so, not before", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    await sent(hub, herat, ["omid@example.org"]);
    expect(session(hub, herat)).toBe(0);
    await answer(hub, officeQueue("mazar"), delivered("ok"));
    session(hub, herat);
    expect(told(herat)).toMatchObject([{ named: "omid@example.org", outcome: "delivered", reached: "" }]);
  });

  it("is told of a deferral once, then of the end, with the words of whoever refused", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    await sent(hub, herat, ["x@example.net"]);
    for (let times = 0; times < 3; times += 1) await answer(hub, "internet", deferred("4.4.1", "no answer"));
    session(hub, herat);
    expect(told(herat)).toMatchObject([{ outcome: "deferred", status: "4.4.1", text: "no answer" }]);
    await answer(hub, "internet", deferred("4.4.1", "still no answer"));
    expect(session(hub, herat)).toBe(0);
    await answer(hub, "internet", failed("5.1.1", "550 5.1.1 unknown", "mx.example.net"));
    session(hub, herat);
    expect(told(herat)).toMatchObject([{ outcome: "failed", status: "5.1.1", text: "mx.example.net: 550 unknown" }]);
    // The bounce that the hub made is on its way to the office as well.
    expect(await hub.waiting("office/herat")).toEqual(["ali@herat.example.org"]);
  });

  it("is told of a list how many have it so far, and of an alias where it went", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    hub.directory.aliases.put({ name: "board", targets: ["maria", "omid", "x@example.net"] });
    hub.directory.aliases.put({ name: "chair", targets: ["maria"] });
    await sent(hub, herat, ["board@example.org", "chair@example.org"]);
    await hub.engine.sortNow();
    session(hub, herat);
    const board = { named: "board@example.org", outcome: "several", people: 3 };
    const chair = { named: "chair@example.org", outcome: "delivered", reached: "maria@example.org" };
    expect(told(herat)).toMatchObject([{ ...board, arrived: 1, lost: 0 }, chair]);
    await answer(hub, officeQueue("mazar"), delivered("ok"));
    await answer(hub, "internet", failed("5.1.1", "unknown"));
    session(hub, herat);
    expect(told(herat)).toMatchObject([{ ...board, arrived: 2, lost: 1 }, chair]);
    expect(session(hub, herat)).toBe(0);
  });

  it("is told again what it did not confirm, which changes nothing", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    await sent(hub, herat, ["maria@example.org"]);
    const first = pendingReceipts(hub, "herat");
    const second = pendingReceipts(hub, "herat");
    if (first === undefined || second === undefined) throw new Error("There is nothing to tell");
    expect(Buffer.compare(first.content, second.content)).toBe(0);
    expect(takeReceipts(herat, first.content, NOW).text).toBe("1 of 1 receipts noted");
    expect(takeReceipts(herat, second.content, NOW + 1).text).toBe("0 of 1 receipts noted");
    expect(told(herat)).toMatchObject([{ heardAt: NOW }]);
  });

  it("is told of its own mail only", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    await sent(hub, herat, ["maria@example.org"]);
    await hub.take(TEXT, ["holly@example.org", "maria@example.org"]);
    expect(pendingReceipts(hub, "mazar")).toBeUndefined();
    expect(session(hub, herat)).toBeGreaterThan(0);
    expect(session(hub, herat)).toBe(0);
  });

  it("has more than one batch when much has happened, oldest first", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    hub.directory.transaction(() => {
      for (let index = 0; index < 2500; index += 1) {
        const stays = [{ recipient: `r${index}@example.org`, place: "mailbox/maria" }];
        const recipients = [{ named: `r${index}@example.org`, stays }];
        const mail = { sender: "", from: "herat", origin: { link: "herat" }, at: NOW, recipients };
        hub.directory.trace.accepted({ ...mail, mailId: numbered(index) });
      }
    });
    const sizes = [session(hub, herat), session(hub, herat), session(hub, herat)];
    expect(sizes[0]).toBeGreaterThan(sizes[1] ?? 0);
    expect(sizes[1]).toBeGreaterThan(0);
    expect(sizes[2]).toBe(0);
  });

  it("gets longer references where two mails or two recipients begin alike", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    const ids = ["ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOQ", "ABCDEFGZZZZZZZZZ"];
    for (const mailId of ids) await sent(hub, herat, ["maria@example.org"], mailId);
    session(hub, herat);
    for (const mailId of ids) expect(told(herat, mailId)).toMatchObject([{ outcome: "delivered" }]);
  });
});

describe("receipts that an office cannot use", () => {
  it("are refused for good when they are garbage, and change nothing", async () => {
    const herat = await spoke();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (content) => {
        const outcome = takeReceipts(herat, content, NOW);
        expect(outcome.kind).toBe("problem" in decodeReceipts(content) ? "failed" : "delivered");
      }),
    );
  });

  it("are taken and dropped when nobody here remembers the mail", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    await sent(hub, await spoke(), ["maria@example.org"]);
    const pending = pendingReceipts(hub, "herat");
    expect(takeReceipts(herat, pending?.content ?? new Uint8Array(), NOW)).toEqual(delivered("0 of 1 receipts noted"));
  });

  it("are dropped when they may mean either of two mails: what is not exact is not told", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    // The hub knows one of them, the office two that begin alike.
    await sent(hub, herat, ["maria@example.org"], "ABCDEFGHIJKLMNOP");
    const other = { sender: "", from: "127.0.0.1", origin: {}, at: NOW };
    const recipients = [{ named: "maria@example.org", stays: [{ recipient: "maria@example.org", place: "outbound" }] }];
    herat.trace.accepted({ ...other, mailId: "ABCDEFGHIJKLMNOQ", recipients });
    session(hub, herat);
    expect([...told(herat, "ABCDEFGHIJKLMNOP"), ...told(herat, "ABCDEFGHIJKLMNOQ")]).toEqual([]);
  });

  it("come again later when the disk cannot take them", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    await sent(hub, herat, ["maria@example.org"]);
    const content = pendingReceipts(hub, "herat")?.content ?? new Uint8Array();
    vi.spyOn(herat.trace, "learn").mockImplementationOnce(() => {
      throw new Error("SQLITE_FULL: database or disk is full");
    });
    expect(takeReceipts(herat, content, NOW).kind).toBe("deferred");
    expect(takeReceipts(herat, content, NOW).text).toBe("1 of 1 receipts noted");
  });
});

describe("a hub whose directory is in trouble", () => {
  it("has no receipts to tell, says so, and goes on", async () => {
    const [hub, herat] = [await testHub(), await spoke()];
    await sent(hub, herat, ["maria@example.org"]);
    const pending = pendingReceipts(hub, "herat");
    const full = (): never => {
      throw new Error("SQLITE_FULL: database or disk is full");
    };
    vi.spyOn(hub.directory.trace, "told").mockImplementationOnce(full);
    pending?.confirm();
    vi.spyOn(hub.directory.trace, "owed").mockImplementationOnce(full);
    expect(pendingReceipts(hub, "herat")).toBeUndefined();
    expect(hub.events.filter(({ fields }) => fields.where === "receipts")).toHaveLength(2);
    expect(session(hub, herat)).toBeGreaterThan(0);
  });
});

/** Mail ids that differ in their first bytes. */
function numbered(index: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const at = (value: number): string => letters[value % 32] ?? "A";
  return `${at(index)}${at(index >> 5)}${at(index >> 10)}`.padEnd(16, "A");
}
