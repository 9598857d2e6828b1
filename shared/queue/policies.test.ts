import { describe, expect, it } from "vitest";
import { deferred, failed } from "#shared/mail/outcome.js";
import type { Arrival } from "./accept.ts";
import { Engine } from "./engine.ts";
import type { EntryPolicy, Policies } from "./policies.ts";
import { settle } from "./settle.ts";
import { sortEntry } from "./sorter.ts";
import { Bench, DAY, LINK, linked, POLICY } from "./test-bench.ts";

const TEXT = "Subject: x\n\nx\n";
const OUT = "x@far.example";
const NOBODY = failed("5.1.1", "no such user");
const LATER = deferred("4.4.1", "no way there");
const SMTP: Partial<Arrival> = { entrance: { listener: "smtp" } };

/** The policy `news` for news.example; the directory can change, and can break. */
class Book implements Policies {
  news: EntryPolicy | undefined;
  broken: boolean = false;

  constructor(news: EntryPolicy) {
    this.news = news;
  }

  choose(_entrance: unknown, sender: string): string | undefined {
    if (this.broken) throw new Error("the directory is broken");
    return sender.endsWith("@news.example") ? "news" : undefined;
  }

  get(name: string): EntryPolicy | undefined {
    return name === "news" ? this.news : undefined;
  }

  shortest(): number {
    return Math.min(
      this.news?.lifetime ?? Number.POSITIVE_INFINITY,
      this.news?.delayNotice ?? Number.POSITIVE_INFINITY,
    );
  }
}

async function benchWith(news: EntryPolicy) {
  const policies = new Book(news);
  return { policies, bench: await Bench.make({ policies }) };
}

/** One message of the policy into the queue where its recipient waits; one recipient. */
async function taken(bench: Bench, to = OUT, sender = "maria@news.example", more: Partial<Arrival> = SMTP) {
  const [outcome] = await bench.take(TEXT, [to], { ...more, envelope: { sender, recipients: [{ address: to }] } });
  return outcome;
}

async function ended(bench: Bench, queue: string, outcome = NOBODY) {
  const open = await bench.oldest(queue);
  const settled = await settle(bench.settleContext(), bench.store.queue(queue), open, [outcome]);
  await open.close();
  return settled;
}

describe("the policy of an entry", () => {
  it("is decided when it is accepted, and stands in it", async () => {
    const { bench } = await benchWith({});
    await taken(bench);
    expect(bench.entries("internet")[0]).toMatch(/^X-Qrelay-Entry: .* policy=news$/m);
  });

  it("is not that of the node's own messages, nor of another node's", async () => {
    const { bench } = await benchWith({});
    await taken(bench, OUT, "maria@news.example", {});
    await taken(bench, OUT, "maria@other.example", { ...SMTP, fields: { policy: "news", later: "1" } });
    for (const entry of bench.entries("internet")) expect(entry).not.toContain("policy=");
    expect(bench.entries("internet").join()).toContain("later=1");
  });

  it("goes with it through the sorting, and into an office's queue", async () => {
    const { bench } = await benchWith({});
    await taken(bench, "all@example.org");
    const open = await bench.oldest("sorting");
    await sortEntry(bench.context, open);
    await open.close();
    expect(bench.entries("office/herat")[0]).toMatch(/ policy=news$/m);
  });

  it("defers a message while it cannot be read", async () => {
    const { bench, policies } = await benchWith({});
    policies.broken = true;
    expect(await taken(bench)).toMatchObject({ kind: "deferred", status: "4.3.0" });
    expect(bench.entries("internet")).toEqual([]);
  });
});

describe("a size limit", () => {
  it.each([
    ["at the limit", TEXT.length, "delivered"],
    ["beyond it", TEXT.length - 1, "failed"],
  ])("takes or refuses a message %s", async (_what, maxMessage, kind) => {
    const { bench } = await benchWith({ maxMessage });
    expect(await taken(bench)).toMatchObject({ kind, ...(kind === "failed" ? { status: "5.3.4" } : {}) });
  });

  it("is told an office before the body, with room for what nodes add, and a repeat hears the same", async () => {
    const { bench } = await benchWith({ maxMessage: 1000 });
    const engine = new Engine({
      ...bench.context,
      postmaster: "p@example.org",
      sortPolicy: POLICY,
      linkPolicy: POLICY,
    });
    const announced = (size: number) => ({
      mailId: "ABCDEFGHIJKLMNOP",
      envelope: { sender: "maria@news.example", recipients: [{ address: "maria@example.org" }] },
      origin: { relay: false, link: "herat" },
      size,
    });
    expect(engine.judge(announced(1000 + 60_000))).toBeUndefined();
    expect(engine.judge(announced(100_000))).toMatchObject({ kind: "refused", outcomes: [{ status: "5.3.4" }] });
    expect(bench.memory.recall("ABCDEFGHIJKLMNOP", ["maria@example.org"]).size).toBe(1);
  });

  it("that comes later does not change the answer to what was taken", async () => {
    const { bench, policies } = await benchWith({});
    const repeat = () =>
      bench.take(linked("ABCDEFGHIJKLMNOP", TEXT), ["holly@herat.example.org"], {
        ...LINK,
        entrance: { listener: "link" },
        envelope: { sender: "maria@news.example", recipients: [{ address: "holly@herat.example.org" }] },
      });
    const [first] = await repeat();
    policies.news = { maxMessage: 1 };
    expect(await repeat()).toEqual([first]);
  });
});

describe("times", () => {
  it("are the policy's: what waits longer bounces, and the notice comes when it says", async () => {
    const { bench } = await benchWith({ lifetime: 7200, delayNotice: 60 });
    await taken(bench, OUT, "maria@news.example");
    bench.now += 3_600_000;
    await ended(bench, "internet", LATER);
    expect(bench.logged("delay-notice")).toHaveLength(1);
    bench.now += 7_200_000;
    expect(await ended(bench, "internet", LATER)).toEqual({ kind: "gone" });
    expect(bench.logged("bounced")).toHaveLength(1);
  });

  it("may be longer than those of the others, without any notice", async () => {
    const { bench } = await benchWith({ lifetime: 50 * DAY, delayNotice: Number.POSITIVE_INFINITY });
    await taken(bench);
    bench.now += 49 * DAY * 1000;
    expect(await ended(bench, "internet", LATER)).toMatchObject({ kind: "kept" });
    expect(bench.logged("delay-notice")).toEqual([]);
  });

  it("are everybody's once the policy is removed", async () => {
    const { bench, policies } = await benchWith({ lifetime: 50 * DAY });
    await taken(bench);
    policies.news = undefined;
    bench.now += 6 * DAY * 1000;
    expect(await ended(bench, "internet", LATER)).toEqual({ kind: "gone" });
  });

  it("hold in a queue whose office never calls", async () => {
    const { bench } = await benchWith({ lifetime: 7200 });
    const HOLLY = "holly@herat.example.org";
    await taken(bench, HOLLY);
    await taken(bench, HOLLY, "maria@other.example");
    bench.now += 3 * 3_600_000;
    const linkPolicy = { lifetime: 90 * DAY, delayNotice: 2 * DAY, step: 20 };
    const engine = new Engine({ ...bench.context, postmaster: "p@example.org", sortPolicy: POLICY, linkPolicy });
    engine.start(() => ["office/herat"]);
    await engine.stop();
    expect(bench.logged("bounced")).toMatchObject([{ recipient: "maria@news.example" }]);
    expect(bench.entries("office/herat")).toHaveLength(1);
    expect(bench.logged("delay-notice")).toEqual([]);
  });
});

describe("bounces", () => {
  const ADDRESSES = { bounceFrom: "news-bounces@example.org", doubleBounceTo: "lost@example.org" };

  it("are from the policy's address, with an empty envelope sender, and have the policy", async () => {
    const { bench } = await benchWith(ADDRESSES);
    await taken(bench);
    await ended(bench, "internet");
    const [report = ""] = bench.entries("internet");
    expect(report).toMatch(/^Return-Path: <>\n/);
    expect(report).toMatch(/^From: .*<news-bounces@example\.org>$/m);
    expect(report).toMatch(/^X-Qrelay-Entry: .* policy=news$/m);
  });

  it("that cannot be delivered go to the policy's address; those that are refused at once too", async () => {
    const { bench } = await benchWith(ADDRESSES);
    await taken(bench);
    await ended(bench, "internet");
    await ended(bench, "internet");
    expect(bench.mailbox("lost")).toHaveLength(1);
    await taken(bench, OUT, "nobody@news.example");
    await ended(bench, "internet");
    expect(bench.mailbox("lost")).toHaveLength(2);
    expect(bench.mailbox("postmaster")).toEqual([]);
  });

  it("go to postmaster when the policy's address leads nowhere, and are never dropped", async () => {
    const { bench } = await benchWith({ doubleBounceTo: "nobody@example.org" });
    await taken(bench);
    await ended(bench, "internet");
    await ended(bench, "internet");
    expect(bench.mailbox("postmaster")).toHaveLength(1);
    expect(bench.logged("double-bounce")).toMatchObject([{ outcome: "delivered" }]);
  });

  it("wait for the policy's address while it cannot be asked", async () => {
    const { bench } = await benchWith({ doubleBounceTo: "later@example.org" });
    await taken(bench);
    await ended(bench, "internet");
    await ended(bench, "internet");
    expect(bench.entries("sorting")).toMatchObject([expect.stringContaining("Delivered-To: later@example.org\n")]);
  });

  it("of others are as they were", async () => {
    const { bench } = await benchWith(ADDRESSES);
    await taken(bench, OUT, "maria@other.example");
    await ended(bench, "internet");
    expect(bench.entries("internet")[0]).toMatch(/^From: .*<MAILER-DAEMON@hub\.example\.org>$/m);
  });
});
