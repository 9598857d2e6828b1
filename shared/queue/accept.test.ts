import { describe, expect, it } from "vitest";
import type { Origin, Route } from "./route.ts";
import { arrival, Bench, HOST, LINK, linked, routeByName } from "./test-bench.ts";
import { TestMemory } from "./test-memory.ts";

const TEXT = "Subject: hello\n\nHow are you?\n";
const ID = "ABCDEFGHIJKLMNOP";

describe("the front door", () => {
  it("writes one destination directly, with Received line and mail id, and tells who waits for the queue", async () => {
    const bench = await Bench.make();
    const told: string[] = [];
    bench.store.onAdded((queue) => told.push(queue));
    const { mailId, outcomes } = await bench.accept(await arrival(TEXT, ["holly@herat.example.org"]));
    expect(outcomes).toEqual([{ kind: "delivered", text: `ok ${mailId}` }]);
    const [entry = ""] = bench.entries("office/herat");
    expect(entry).toContain("Return-Path: <ana@example.net>\nDelivered-To: holly@herat.example.org\nX-Qrelay-Entry: ");
    expect(entry).toContain(`by ${HOST} with ESMTP id ${mailId}; `);
    expect(entry.endsWith(TEXT)).toBe(true);
    expect(bench.entries("sorting")).toEqual([]);
    expect(told).toEqual(["office/herat"]);
  });

  it("writes a mailbox directly, with two lines and no envelope of ours", async () => {
    const bench = await Bench.make();
    await bench.take(TEXT, ["maria@example.org"]);
    expect(bench.mailbox("maria")[0]).toMatch(
      /^Return-Path: <ana@example\.net>\nDelivered-To: maria@example\.org\nReceived: /,
    );
  });

  it("writes two recipients at one place once", async () => {
    const bench = await Bench.make();
    expect(await bench.take(TEXT, ["a@herat.example.org", "b@herat.example.org"])).toHaveLength(2);
    expect(bench.entries("office/herat")).toHaveLength(1);
  });

  it.each([
    ["several places", ["maria@example.org", "holly@herat.example.org"]],
    ["a recipient that routing defers", ["later@example.org"]],
    ["a directory that throws", ["bug@example.org"]],
    ["a list", ["all@example.org"]],
  ])("takes %s into sorting, at once and whole", async (_what, to) => {
    const bench = await Bench.make();
    const outcomes = await bench.take(TEXT, to);
    expect(outcomes.every(({ kind }) => kind === "delivered")).toBe(true);
    expect(bench.entries("sorting")).toHaveLength(1);
    expect(bench.mailbox("maria")).toEqual([]);
  });

  it("does not keep the peer waiting for a mailbox in trouble", async () => {
    const bench = await Bench.make();
    bench.disk.failNext(1, "EIO");
    expect(await bench.take(TEXT, ["maria@example.org"])).toMatchObject([{ kind: "delivered" }]);
    expect(bench.entries("sorting")).toHaveLength(1);
    expect(bench.logged("internal-error")).toMatchObject([{ where: "mailbox", recipient: "maria" }]);
  });

  it("says that the disk is full, as a deferral", async () => {
    const bench = await Bench.make();
    bench.disk.failNext(2, "ENOSPC");
    expect(await bench.take(TEXT, ["holly@herat.example.org"])).toMatchObject([{ kind: "deferred", status: "4.3.1" }]);
    expect(bench.entries("office/herat")).toEqual([]);
  });

  it("answers a refusal per recipient, or takes it for the sorter to report", async () => {
    const bench = await Bench.make();
    const to = ["nobody@example.org", "holly@herat.example.org"];
    expect(await bench.take(TEXT, to)).toMatchObject([{ kind: "failed", status: "5.1.1" }, { kind: "delivered" }]);
    expect(bench.entries("office/herat")).toHaveLength(1);
    expect(await bench.take(TEXT, to, { refusals: "bounce" })).toMatchObject([
      { kind: "delivered" },
      { kind: "delivered" },
    ]);
    expect(bench.entries("sorting")).toHaveLength(1);
  });

  it("does not take what is larger than the place allows", async () => {
    const limited = (address: string): Route => ({
      kind: "to",
      destinations: [{ place: { kind: "queue", name: "office/herat" }, recipient: address, limit: 10 }],
    });
    const bench = await Bench.make({ route: limited });
    expect(await bench.take(TEXT, ["h@herat.example.org"])).toMatchObject([{ kind: "failed", status: "5.3.4" }]);
  });
});

describe("loops and headers", () => {
  const hops = (count: number, by: string) => `Received: from a by ${by}; x\n`.repeat(count) + TEXT;

  it.each([
    ["99 hops", hops(99, "elsewhere.example"), "delivered"],
    ["100 hops", hops(100, "elsewhere.example"), "5.4.6"],
    ["our own name 3 times", hops(3, HOST), "delivered"],
    ["our own name 4 times", hops(4, HOST.toUpperCase()), "5.4.6"],
    ["2,001 header lines", `${"X: y\n".repeat(2001)}\n`, "5.3.4"],
    ["300 KB of header", `X: ${"y".repeat(300_000)}\n\n`, "5.3.4"],
    ["100 hops quoted in its body", `Subject: x\n\n${hops(100, HOST)}`, "delivered"],
  ])("a message with %s", async (_what, text, expected) => {
    const bench = await Bench.make();
    const [outcome] = await bench.take(text, ["maria@example.org"], { refusals: "bounce" });
    expect(outcome?.kind === "failed" ? outcome.status : outcome?.kind).toBe(expected);
    expect(bench.mailbox("maria")).toHaveLength(expected === "delivered" ? 1 : 0);
  });

  it("an alias that the message came through already ends the loop", async () => {
    const bench = await Bench.make();
    const text = `Delivered-To: ALL@example.org\n${TEXT}`;
    expect(await bench.take(text, ["all@example.org"])).toMatchObject([{ kind: "failed", status: "5.4.6" }]);
    expect(await bench.take(text, ["maria@example.org"])).toMatchObject([{ kind: "delivered" }]);
  });
});

describe("mail from the link", () => {
  it("keeps its id; from others the id in the header means nothing", async () => {
    const bench = await Bench.make();
    const text = linked(ID, TEXT);
    expect((await bench.accept(await arrival(text, ["maria@example.org"], LINK))).mailId).toBe(ID);
    expect((await bench.accept(await arrival(text, ["maria@example.org"]))).mailId).not.toBe(ID);
  });

  it("is taken once: a repeat gets the old answer and makes no copy, even an hour later", async () => {
    const bench = await Bench.make();
    const to = ["maria@example.org", "nobody@example.org"];
    const first = await bench.take(linked(ID, TEXT), to, LINK);
    bench.now += 3_600_000;
    expect(await bench.take(linked(ID, TEXT), to, LINK)).toMatchObject(first.map(({ kind, text }) => ({ kind, text })));
    expect(bench.mailbox("maria")).toHaveLength(1);
  });

  it("is taken for the recipients that are new", async () => {
    const bench = await Bench.make();
    await bench.take(linked(ID, TEXT), ["maria@example.org"], LINK);
    await bench.take(linked(ID, TEXT), ["MARIA@example.org", "ali@example.org"], LINK);
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(bench.mailbox("ali")).toHaveLength(1);
  });

  it("is taken once when repeats arrive while the first is still being written", async () => {
    const bench = await Bench.make();
    const arrivals = await Promise.all([1, 2, 3, 4].map(() => arrival(linked(ID, TEXT), ["maria@example.org"], LINK)));
    const answers = await Promise.all(arrivals.map((one) => bench.accept(one)));
    for (const { outcomes } of answers) expect(outcomes).toMatchObject([{ kind: "delivered", text: `ok ${ID}` }]);
    expect(bench.mailbox("maria")).toHaveLength(1);
  });

  it("is the link's own in sorting, so that it is not sent back where it came from", async () => {
    const origins: unknown[] = [];
    const route = (address: string, origin: Origin): Route => {
      origins.push(origin);
      return routeByName(address);
    };
    const watched = await Bench.make({ route });
    await watched.take(TEXT, ["all@example.org"], LINK);
    expect(watched.entries("sorting")[0]).toContain(" link=herat\n");
    expect(origins).toEqual([{ relay: false, link: "herat", sender: "ana@example.net" }]);
  });

  it("is answered 'delivered' once it is durable, though the memory cannot note it", async () => {
    const memory = new TestMemory();
    const bench = await Bench.make({ memory });
    memory.broken.add("accepted");
    expect(await bench.take(linked(ID, TEXT), ["maria@example.org"], LINK)).toMatchObject([{ kind: "delivered" }]);
    expect(bench.logged("internal-error")).toHaveLength(1);
  });

  it("is deferred and leaves nothing when the memory cannot begin", async () => {
    const memory = new TestMemory();
    const bench = await Bench.make({ memory });
    memory.broken.add("accepting");
    expect(await bench.take(linked(ID, TEXT), ["h@herat.example.org"], LINK)).toMatchObject([{ kind: "deferred" }]);
    expect(bench.entries("office/herat")).toEqual([]);
  });
});
