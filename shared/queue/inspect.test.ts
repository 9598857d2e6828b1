import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Arrival } from "./accept.ts";
import type { Filter, Filtered } from "./filter.ts";
import { sortSeen } from "./sort-unseen.ts";
import { Spool } from "./spool.ts";
import { Bench, LINK, linked } from "./test-bench.ts";
import { UNSEEN_FIELDS } from "./unseen.ts";

const TEXT = "Subject: x\n\nx\n";
const ID = "ABCDEFGHIJKLMNOP";
const HOLLY = "holly@herat.example.org";
const SMTP: Partial<Arrival> = { entrance: { listener: "smtp" }, refusals: "bounce" };
const FROM_LINK: Partial<Arrival> = { ...LINK, entrance: { listener: "link" } };

/** A filter that answers as told, and what it saw. */
class Judge {
  readonly seen: Arrival[] = [];
  word: () => Promise<Filtered> = async () => ({ kind: "taken" });

  readonly filter: Filter = async (arrival) => {
    this.seen.push(arrival);
    return this.word();
  };
}

async function judged(word: Filtered | (() => Promise<Filtered>)) {
  const judge = new Judge();
  judge.word = typeof word === "function" ? word : async () => word;
  return { judge, bench: await Bench.make({ filter: judge.filter }) };
}

async function spoolOf(text: string): Promise<Spool> {
  const spool = new Spool(join(tmpdir(), "qrelay-test-partial"));
  await spool.write(Buffer.from(text));
  return spool;
}

describe("a message at a front door with a filter", () => {
  it("is nowhere while the filter has not said its word", async () => {
    let say: (word: Filtered) => void = () => undefined;
    const { bench } = await judged(() => new Promise((resolve) => (say = resolve)));
    const before = bench.disk.calls.length;
    const taking = bench.take(TEXT, [HOLLY], SMTP);
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.disk.calls.length).toBe(before);
    say({ kind: "taken" });
    expect(await taking).toMatchObject([{ kind: "delivered" }]);
    expect(bench.entries("office/herat")).toHaveLength(1);
  });

  it.each<[what: string, Filtered, outcome: object]>([
    ["refused", { kind: "refused", text: "no" }, { kind: "failed", status: "5.7.1", text: "no" }],
    ["put off", { kind: "deferred", text: "busy" }, { kind: "deferred", status: "4.3.0", text: "busy" }],
  ])("is %s for all its recipients, and nothing is written", async (_what, word, outcome) => {
    const { bench } = await judged(word);
    expect(await bench.take(TEXT, [HOLLY, "maria@example.org"], SMTP)).toMatchObject([outcome, outcome]);
    for (const queue of ["office/herat", "sorting"]) expect(bench.entries(queue)).toEqual([]);
    expect(bench.logged("filtered")).toHaveLength(1);
  });

  it("is replaced, keeps its id and its loop marks, and has one Received line of ours", async () => {
    const { bench } = await judged(async () => ({ kind: "replaced", spool: await spoolOf("Subject: new\n\nnew\n") }));
    await bench.take(TEXT, [HOLLY], SMTP);
    expect(bench.entries("office/herat")[0]).toMatch(/\nReceived: [^\n]*(\n\s[^\n]*)*\nSubject: new\n\nnew\n$/);
    // The filter took the line out by which an alias knows its own mail.
    const loop = await bench.take(`Delivered-To: all@example.org\n${TEXT}`, ["all@example.org"], {
      ...SMTP,
      refusals: "answer",
    });
    expect(loop).toMatchObject([{ kind: "failed", status: "5.4.6" }]);
  });

  it("of this node itself is not seen", async () => {
    const { bench, judge } = await judged({ kind: "refused", text: "no" });
    expect(await bench.take(TEXT, [HOLLY], {})).toMatchObject([{ kind: "delivered" }]);
    expect(judge.seen).toEqual([]);
  });

  it("that came over the link is refused once for all: a repeat hears the same, unseen", async () => {
    const { bench, judge } = await judged({ kind: "refused", text: "no" });
    const first = await bench.take(linked(ID, TEXT), [HOLLY], FROM_LINK);
    judge.word = async () => ({ kind: "taken" });
    expect(await bench.take(linked(ID, TEXT), [HOLLY], FROM_LINK)).toEqual(first);
    expect(judge.seen).toHaveLength(1);
  });

  it("that came over the link and was taken is not judged again, but for those who were not named before", async () => {
    const { bench, judge } = await judged({ kind: "taken" });
    await bench.take(linked(ID, TEXT), [HOLLY], FROM_LINK);
    judge.word = async () => ({ kind: "refused", text: "no" });
    const again = await bench.take(linked(ID, TEXT), [HOLLY, "maria@example.org"], FROM_LINK);
    expect(again.map(({ kind }) => kind)).toEqual(["delivered", "failed"]);
    expect(judge.seen[1]?.envelope.recipients).toEqual([{ address: "maria@example.org" }]);
  });
});

it("a message that has crossed the link is kept when the filter cannot judge it, and judged when it is sorted", async () => {
  const { bench, judge } = await judged({ kind: "deferred", text: "busy" });
  expect(await bench.take(linked(ID, TEXT), [HOLLY], FROM_LINK)).toMatchObject([{ kind: "delivered" }]);
  expect(bench.entries("sorting")[0]).toMatch(/ unseen=1/);
  expect(await bench.take(linked(ID, TEXT), [HOLLY], FROM_LINK)).toMatchObject([{ kind: "delivered" }]);
  expect(bench.entries("sorting")).toHaveLength(1);
  const open = await bench.oldest("sorting");
  const context = { ...bench.context, filter: judge.filter };
  expect((await sortSeen(context, open)).outcomes).toMatchObject([{ kind: "deferred", text: "busy" }]);
  judge.word = async () => ({ kind: "taken" });
  expect((await sortSeen(context, open)).outcomes).toMatchObject([{ kind: "delivered" }]);
  expect(judge.seen.at(-1)).toMatchObject({ entrance: { listener: "link" }, origin: { relay: false, link: "herat" } });
  await open.close();
  expect(bench.entries("office/herat")[0]).not.toContain("unseen");
});

describe("an entry that sendmail has left in the sorting queue", () => {
  async function left(word: Filtered | (() => Promise<Filtered>), to: readonly string[]) {
    const { bench, judge } = await judged(word);
    const envelope = { sender: "cron@example.org", recipients: to.map((address) => ({ address })) };
    const head = { id: ID, born: Math.floor(bench.now / 1000), envelope, fields: UNSEEN_FIELDS };
    await bench.store.sorting.add(head, [Buffer.from(TEXT)]);
    const open = await bench.oldest("sorting");
    const attempt = await sortSeen({ ...bench.context, filter: judge.filter }, open);
    return { bench, attempt };
  }

  it("goes on as the filter wants it", async () => {
    const replaced = async (): Promise<Filtered> => ({ kind: "replaced", spool: await spoolOf("Subject: new\n\n") });
    const { bench, attempt } = await left(replaced, [HOLLY]);
    expect(attempt.outcomes).toMatchObject([{ kind: "delivered" }]);
    expect(bench.entries("office/herat")[0]).toMatch(/\nSubject: new\n\n$/);
    expect(bench.entries("office/herat")[0]).not.toContain("unseen");
  });

  it.each<[Filtered, object]>([
    [
      { kind: "refused", text: "no" },
      { kind: "failed", status: "5.7.1" },
    ],
    [
      { kind: "deferred", text: "busy" },
      { kind: "deferred", status: "4.3.0" },
    ],
  ])("bounces or waits when the filter says %j", async (word, outcome) => {
    const { bench, attempt } = await left(word, [HOLLY, "maria@example.org"]);
    expect(attempt.outcomes).toMatchObject([outcome, outcome]);
    expect(bench.entries("office/herat")).toEqual([]);
  });

  it("is looked at again for whoever is left", async () => {
    const { attempt } = await left({ kind: "taken" }, ["all@example.org", "later@example.org"]);
    expect(attempt.head?.fields).toEqual(UNSEEN_FIELDS);
  });
});
