import { describe, expect, it } from "vitest";
import { unlessFull } from "./full-mailbox.ts";
import { judgeEarly } from "./judge-early.ts";
import type { Route } from "./route.ts";
import { settle } from "./settle.ts";
import { sortEntry } from "./sorter.ts";
import { arrival, Bench, LINK, linked, routeByName } from "./test-bench.ts";

const TEXT = "Subject: hello\n\nHi\n";
const ID = "ABCDEFGHIJKLMNOP";
const MARIA = { place: { kind: "mailbox", name: "maria" }, recipient: "maria@example.org" } as const;
const HOLLY = { place: { kind: "queue", name: "office/herat" }, recipient: "holly@herat.example.org" } as const;

/** maria's mailbox takes mail until it holds 100 bytes: one message. */
const route = (address: string): Route => {
  if (address === "maria@example.org") return { kind: "to", destinations: [{ ...MARIA, quota: 100 }] };
  if (address !== "both@example.org") return routeByName(address);
  return { kind: "to", destinations: [{ ...MARIA, quota: 100 }, HOLLY] };
};

async function full(): Promise<Bench> {
  const bench = await Bench.make({ route });
  await bench.take(TEXT, ["maria@example.org"]);
  expect(bench.mailbox("maria")).toHaveLength(1);
  expect((await bench.store.contentOf("maria")).bytes).toBeGreaterThan(100);
  return bench;
}

/** Sorts the oldest entry of queue/sorting once and settles it. */
async function sortOnce(bench: Bench) {
  const open = await bench.oldest("sorting");
  const { outcomes, head } = await sortEntry(bench.context, open);
  const settled = await settle(bench.settleContext(), bench.store.sorting, open, outcomes, head);
  await open.close();
  return { outcomes, settled };
}

describe("a mailbox that has reached its quota", () => {
  it("is refused while the sender waits, unless others of the same address have room", async () => {
    const empty = await Bench.make({ route });
    expect(await unlessFull(empty.context, route("maria@example.org"))).toMatchObject({ kind: "to" });
    const bench = await full();
    expect(await unlessFull(bench.context, route("maria@example.org"))).toEqual({
      ...{ kind: "refused", status: "5.2.2", text: "the mailbox of maria@example.org is full" },
    });
    expect(await unlessFull(bench.context, route("both@example.org"))).toMatchObject({ kind: "to" });
    expect(await unlessFull(bench.context, route("holly@herat.example.org"))).toMatchObject({ kind: "to" });
  });

  it("is taken where nobody can measure it, and that is said", async () => {
    const bench = await full();
    bench.disk.failNext(1, "EIO");
    expect(await unlessFull(bench.context, route("maria@example.org"))).toMatchObject({ kind: "to" });
    expect(bench.events).toContainEqual(expect.objectContaining({ event: "internal-error" }));
  });

  it("is refused per recipient to a peer that sends all at once, as QMTP does", async () => {
    const bench = await full();
    const mail = await arrival(TEXT, ["maria@example.org", "holly@herat.example.org"]);
    const { outcomes } = await bench.accept({ ...mail, refusals: "answer" });
    expect(outcomes).toMatchObject([{ kind: "failed", status: "5.2.2" }, { kind: "delivered" }]);
    expect(bench.entries("office/herat")).toHaveLength(1);
    expect(bench.entries("sorting")).toEqual([]);
  });

  it("keeps what has crossed a link, and gets it once when there is room", async () => {
    const bench = await full();
    const announced = { mailId: ID, origin: { relay: false, link: "herat" }, size: 20 };
    const envelope = { sender: "ana@example.net", recipients: [{ address: "maria@example.org" }] };
    expect(judgeEarly(bench.context, { ...announced, envelope })).toBeUndefined();
    expect(await bench.take(linked(ID, TEXT), ["maria@example.org"], LINK)).toMatchObject([{ kind: "delivered" }]);
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(await sortOnce(bench)).toMatchObject({
      outcomes: [{ kind: "deferred", status: "4.2.2", text: "the mailbox of maria@example.org is full" }],
      settled: { kind: "kept" },
    });
    const [first] = await bench.store.contentOf("maria").then(({ names }) => [...names]);
    await bench.store.withdraw(MARIA.place, first ?? "");
    expect(await sortOnce(bench)).toMatchObject({ outcomes: [{ kind: "delivered" }], settled: { kind: "gone" } });
    expect(bench.mailbox("maria")).toHaveLength(1);
  });

  it("is no trouble for a message that made it full itself before a crash", async () => {
    const bench = await Bench.make({ route });
    await bench.take(TEXT, ["both@example.org"]);
    const open = await bench.oldest("sorting");
    await sortEntry(bench.context, open);
    await open.close();
    expect(await sortOnce(bench)).toMatchObject({ settled: { kind: "gone" } });
    expect(bench.mailbox("maria")).toHaveLength(1);
  });
});
