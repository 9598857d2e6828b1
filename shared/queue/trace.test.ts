import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { deferred, delivered, failed } from "#shared/mail/outcome.js";
import { createAccept } from "./accept.ts";
import { settle } from "./settle.ts";
import { sortEntry } from "./sorter.ts";
import { openSqlTrace } from "./sql-trace.ts";
import { arrival, Bench, LINK, linked } from "./test-bench.ts";
import { noteTrace, originFields, type Trace } from "./trace.ts";
import type { TraceBook } from "./trace-record.ts";

const TEXT = "Message-ID: <1@example.net>\nSubject: x\n\nx\n";
const ID = "ABCDEFGHIJKLMNOP";

interface Traced {
  readonly bench: Bench;
  readonly book: TraceBook;
  take(to: readonly string[], more?: Parameters<typeof arrival>[2], text?: string): Promise<void>;
  sort(): Promise<void>;
  settle(queue: string, kind: "delivered" | "deferred" | "failed", via?: string): Promise<void>;
  lines(): string[];
}

async function traced(trace?: Trace): Promise<Traced> {
  const bench = await Bench.make();
  const book = openSqlTrace(new Database(":memory:"), 1000);
  const context = { ...bench.context, trace: trace ?? book };
  const accept = createAccept(context);
  const settling = (via?: string) => ({
    ...bench.settleContext(),
    accept,
    trace: trace ?? book,
    ...(via === undefined ? {} : { via }),
  });
  return {
    bench,
    book,
    take: async (to, more = {}, text = TEXT) => void (await accept(await arrival(text, to, more))),
    sort: async () => {
      const open = await bench.oldest("sorting");
      const { outcomes, head } = await sortEntry(context, open);
      await settle(settling(), bench.store.sorting, open, outcomes, head);
    },
    settle: async (queue, kind, via) => {
      const open = await bench.oldest(queue);
      const said = {
        delivered: delivered("ok"),
        deferred: deferred("4.4.1", "later"),
        failed: failed("5.1.1", "unknown"),
      };
      await settle(
        settling(via),
        bench.store.queue(queue),
        open,
        open.head.envelope.recipients.map(() => said[kind]),
      );
    },
    lines: () =>
      book
        .find("ana@example.net", 10)
        .flatMap(({ sender, stays }) => (sender === "" ? [] : stays))
        .map(({ named, recipient, place, outcome }) => {
          const whose = named === recipient ? named : `${named}>${recipient}`;
          return `${whose} ${place} ${outcome}`;
        }),
  };
}

describe("the trace of a node", () => {
  it("knows a message that is delivered at the door", async () => {
    const { take, book, lines, bench } = await traced();
    await take(["Maria@example.org"]);
    expect(lines()).toEqual(["maria@example.org mailbox/maria delivered"]);
    expect(book.find("<1@example.net>", 1)).toMatchObject([
      { sender: "ana@example.net", from: "192.0.2.1", link: "", at: bench.now },
    ]);
  });

  it("follows a message through a queue that waits", async () => {
    const { take, settle, lines, book } = await traced();
    await take(["holly@herat.example.org"]);
    expect(lines()).toEqual(["holly@herat.example.org office/herat waits"]);
    await settle("office/herat", "deferred");
    expect(lines()).toEqual(["holly@herat.example.org office/herat deferred"]);
    await settle("office/herat", "delivered", "hf");
    expect(book.find("holly@herat.example.org", 1)[0]?.stays).toMatchObject([{ outcome: "delivered", via: "hf" }]);
  });

  it("follows a message through sorting to its members, and sees what fails there", async () => {
    const { take, sort, settle, lines } = await traced();
    await take(["all@example.org", "nobody@example.org", "later@example.org"], { refusals: "bounce" });
    await sort();
    expect(lines()).toEqual([
      "all@example.org sorting passed",
      "nobody@example.org sorting failed",
      "later@example.org sorting deferred",
      "all@example.org>maria@example.org mailbox/maria delivered",
      "all@example.org>holly@herat.example.org office/herat waits",
    ]);
    await settle("office/herat", "failed");
    expect(lines().at(-1)).toBe("all@example.org>holly@herat.example.org office/herat failed");
  });

  it("knows the link that brought a message, also when a queue of its own work settles it", async () => {
    const { take, sort, settle, book } = await traced();
    await take(["x@example.com", "maria@example.org"], LINK, linked(ID, TEXT));
    await sort();
    expect(book.owed("herat", 10)).toMatchObject([{ mailId: ID, named: "maria@example.org" }]);
    await settle("internet", "delivered");
    expect(book.owed("herat", 10).map(({ named }) => named)).toEqual(["maria@example.org", "x@example.com"]);
  });

  it("knows who was refused at the door, and nothing of who was deferred there", async () => {
    const { take, lines, bench } = await traced();
    await take(["nobody@example.org", "maria@example.org"], LINK, linked(ID, TEXT));
    expect(lines()).toEqual(["nobody@example.org  failed", "maria@example.org mailbox/maria delivered"]);
    bench.disk.failNext(1, "ENOSPC");
    await take(["holly@herat.example.org"], LINK, linked("BBBBBBBBBBBBBBBB", TEXT));
    expect(bench.logged("internal-error")).toMatchObject([{ where: "accept" }]);
    expect(lines()).toHaveLength(2);
  });

  it("has a repeat over the link once", async () => {
    const { take, lines } = await traced();
    for (let times = 0; times < 2; times += 1) await take(["maria@example.org"], LINK, linked(ID, TEXT));
    expect(lines()).toEqual(["maria@example.org mailbox/maria delivered"]);
  });

  it("knows mail that sendmail left in sorting", async () => {
    const { bench, sort, lines, book } = await traced();
    const head = {
      id: ID,
      born: bench.now / 1000,
      envelope: { sender: "ana@example.net", recipients: [{ address: "x@example.com" }] },
      fields: {},
    };
    await bench.store.sorting.add(head, [Buffer.from(TEXT)]);
    await sort();
    expect(lines()).toEqual(["x@example.com sorting passed", "x@example.com internet waits"]);
    expect(book.find("1@example.net", 1)).toMatchObject([{ mailId: ID, from: "this machine", at: bench.now }]);
  });

  it("does not keep mail from moving when it cannot be written (P7)", async () => {
    const full = (): never => {
      throw new Error("SQLITE_FULL: database or disk is full");
    };
    const { take, sort, settle, bench } = await traced({ accepted: full, passed: full, settled: full, prune: full });
    await take(["all@example.org"], LINK, linked(ID, TEXT));
    await sort();
    await settle("office/herat", "delivered");
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(["sorting", "office/herat"].flatMap((queue) => bench.entries(queue))).toEqual([]);
    expect(bench.logged("internal-error").map(({ where }) => where)).toEqual(["trace", "trace", "trace", "trace"]);
  });
});

describe("who brought an entry", () => {
  it("stays with it where this node works itself, and does not go over a link", () => {
    const fields = (name: string) => originFields({ kind: "queue", name }, { link: "herat" });
    expect([fields("sorting"), fields("internet"), fields("office/mazar"), fields("outbound")]).toEqual([
      { link: "herat" },
      { link: "herat" },
      {},
      {},
    ]);
    expect(originFields({ kind: "mailbox", name: "internet" }, { office: "herat" })).toEqual({});
  });
});

describe("a note", () => {
  it("is not made where nothing is traced", () => {
    expect(() => noteTrace({ log: () => undefined }, () => expect.unreachable())).not.toThrow();
  });
});
