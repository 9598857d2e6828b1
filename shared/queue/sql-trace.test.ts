import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { openSqlTrace, TRACE_LIFE_MS } from "./sql-trace.ts";
import type { TracedMail } from "./trace.ts";
import type { StayRecord, TraceBook } from "./trace-record.ts";

const ID = "ABCDEFGHIJKLMNOP";
const START = Date.UTC(2027, 0, 1);
const MINUTE = 60_000;
const HERAT = { link: "herat" };

let db: Database.Database;
let trace: TraceBook;
beforeEach(() => {
  db = new Database(":memory:");
  trace = openSqlTrace(db, 1000);
});

function mail(to: Record<string, string>, more: Partial<TracedMail> = {}): TracedMail {
  return {
    mailId: ID,
    messageId: "<1@example.org>",
    sender: "Holly@example.org",
    from: "herat",
    origin: HERAT,
    recipients: Object.entries(to).map(([named, place]) => ({ named, stays: [{ recipient: named, place }] })),
    at: START,
    ...more,
  };
}

function settle(
  place: string,
  outcomes: Record<string, Outcome>,
  at = START + MINUTE,
  more: { via?: string } = {},
): void {
  const list = Object.entries(outcomes).map(([recipient, outcome]) => ({ recipient, outcome }));
  trace.settled({ mailId: ID, origin: {}, place, outcomes: list, at, ...more });
}

function pass(recipient: string, to: Record<string, string>, place = "sorting"): void {
  const stays = Object.entries(to).map(([member, where]) => ({ recipient: member, place: where }));
  trace.passed({ mailId: ID, origin: {}, place, moves: [{ recipient, to: stays }], at: START + MINUTE });
}

const stays = (): readonly StayRecord[] => trace.find(ID, 10)[0]?.stays ?? [];
const short = (): string[] => stays().map(({ recipient, place, outcome }) => `${recipient} ${place} ${outcome}`);

/** As one session tells it. */
function tell(link = "herat") {
  const owed = trace.owed(link, 1000);
  trace.told(owed);
  return owed.map(({ named, news }) => ({ named, ...news }));
}

describe("the trace of a message", () => {
  it("is found by mail id, Message-ID and each address of the envelope, in any case", () => {
    trace.accepted(mail({ "Board@example.org": "sorting" }));
    pass("board@EXAMPLE.org", { "omid@mazar.example.org": "office/mazar" });
    for (const what of [
      ID,
      ID.toLowerCase(),
      "<1@example.org>",
      "1@example.org",
      "HOLLY@example.org",
      "<board@example.org>",
      "OMID@mazar.example.org",
    ])
      expect(trace.find(what, 10).map(({ mailId }) => mailId)).toEqual([ID]);
    for (const what of ["ABCDEFGHIJKLMNOQ", "2@example.org", "herat", "", "<>", "%", "omid"])
      expect(trace.find(what, 10)).toEqual([]);
  });

  it("gives the newest first, as many as asked for", () => {
    for (const letter of ["A", "B", "C"])
      trace.accepted(mail({ "x@example.net": "internet" }, { mailId: letter.repeat(16) }));
    expect(trace.find("x@example.net", 2).map(({ mailId }) => mailId)).toEqual(["C".repeat(16), "B".repeat(16)]);
  });

  it("follows recipients from place to place", () => {
    trace.accepted(mail({ "board@example.org": "sorting", "maria@example.org": "mailbox/maria" }));
    expect(short()).toEqual(["board@example.org sorting waits", "maria@example.org mailbox/maria delivered"]);
    pass("board@example.org", { "omid@mazar.example.org": "office/mazar", "x@example.net": "internet" });
    settle("internet", { "X@example.net": failed("5.1.1", "unknown", "mx.example.net") });
    settle("office/mazar", { "omid@mazar.example.org": delivered("ok") }, START + 2 * MINUTE, { via: "hf" });
    expect(short()).toEqual([
      "board@example.org sorting passed",
      "maria@example.org mailbox/maria delivered",
      "omid@mazar.example.org office/mazar delivered",
      "x@example.net internet failed",
    ]);
    const [, , omid, other] = stays();
    expect(omid).toMatchObject({ named: "board@example.org", at: START + 2 * MINUTE, via: "hf" });
    expect(other).toMatchObject({ named: "board@example.org", status: "5.1.1", text: "mx.example.net: unknown" });
  });

  it("is the same when a crash makes a step again", () => {
    trace.accepted(mail({ "board@example.org": "sorting" }));
    for (let times = 0; times < 2; times += 1) {
      trace.accepted(mail({ "board@example.org": "sorting" }));
      pass("board@example.org", { "maria@example.org": "mailbox/maria", "x@example.net": "internet" });
    }
    settle("internet", { "x@example.net": delivered("ok") });
    settle("internet", { "x@example.net": deferred("4.4.1", "later") });
    expect(short()).toEqual([
      "board@example.org sorting passed",
      "maria@example.org mailbox/maria delivered",
      "x@example.net internet delivered",
    ]);
  });

  it("keeps who stays in sorting there, and finds them under the name that brought them", () => {
    trace.accepted(mail({ "board@example.org": "sorting", "later@example.org": "sorting" }));
    pass("board@example.org", { "full@example.org": "sorting" });
    pass("later@example.org", {});
    settle("sorting", { "full@example.org": deferred("4.3.1", "full"), "later@example.org": deferred("4.3.0", "ask") });
    pass("full@example.org", { "full@example.org": "mailbox/full" });
    expect(short()).toEqual([
      "board@example.org sorting passed",
      "later@example.org sorting deferred",
      "full@example.org sorting passed",
      "full@example.org mailbox/full delivered",
    ]);
    expect(stays()[3]?.named).toBe("board@example.org");
  });

  it("follows a person who moves there and back", () => {
    trace.accepted(mail({ "omid@example.org": "office/mazar" }));
    pass("omid@example.org", { "omid@example.org": "office/herat" }, "office/mazar");
    pass("omid@example.org", { "omid@example.org": "office/mazar" }, "office/herat");
    settle("office/mazar", { "omid@example.org": delivered("ok") });
    expect(short()).toEqual(["omid@example.org office/mazar delivered", "omid@example.org office/herat passed"]);
  });

  it("begins in sorting for mail that did not come by the front door", () => {
    const sendmail = { sender: "ali@example.org", from: "this machine", at: START };
    const moves = [
      { recipient: "x@example.net", to: [{ recipient: "x@example.net", place: "outbound" }] },
      { recipient: "nobody@example.org", to: [] },
    ];
    trace.passed({ mailId: ID, origin: {}, place: "sorting", moves, mail: sendmail, at: START });
    settle("sorting", { "nobody@example.org": failed("5.1.1", "nobody") });
    expect(short()).toEqual([
      "x@example.net sorting passed",
      "nobody@example.org sorting failed",
      "x@example.net outbound waits",
    ]);
  });

  it("notes nothing of mail that it does not know", () => {
    settle("internet", { "x@example.net": delivered("ok") });
    pass("x@example.net", { "x@example.net": "internet" });
    expect(trace.find("x@example.net", 10)).toEqual([]);
  });

  it("holds no more of a stranger's words than a line", () => {
    trace.accepted(mail({ "x@example.net": "internet" }, { messageId: `<\u001b]0;\u009b${"x".repeat(5000)}` }));
    settle("internet", { "x@example.net": failed("5.0.0", `\u009b31m${"x".repeat(5000)}`) });
    const [found] = trace.find(ID, 1);
    expect(found?.messageId).toHaveLength(998);
    expect(found?.stays[0]?.text).toHaveLength(300);
    expect(`${found?.messageId}${found?.stays[0]?.text}`).not.toMatch(/\p{Cc}/u);
  });
});

describe("what a link is owed", () => {
  it("is the final word for each recipient, once", () => {
    trace.accepted(
      mail({ "maria@example.org": "mailbox/maria", "x@example.net": "internet", "y@example.net": "internet" }),
    );
    expect(tell()).toEqual([
      { named: "maria@example.org", kind: "delivered", status: "", text: "", at: START, reached: "" },
    ]);
    settle("internet", { "x@example.net": delivered("250 ok"), "y@example.net": failed("5.1.1", "unknown") });
    expect(tell()).toMatchObject([
      { named: "x@example.net", kind: "delivered" },
      { named: "y@example.net", kind: "failed", status: "5.1.1", text: "unknown" },
    ]);
    expect(tell()).toEqual([]);
    expect(stays().every(({ told }) => told)).toBe(true);
  });

  it("is the first deferral only, also when the message is moved meanwhile", () => {
    trace.accepted(mail({ "omid@example.org": "office/mazar" }));
    const later = deferred("4.4.1", "no contact yet");
    settle("office/mazar", { "omid@example.org": later });
    expect(tell()).toMatchObject([{ kind: "deferred", status: "4.4.1" }]);
    settle("office/mazar", { "omid@example.org": later }, START + 5 * MINUTE);
    pass("omid@example.org", { "omid@farah.example.org": "office/farah" }, "office/mazar");
    settle("office/farah", { "omid@farah.example.org": later });
    expect(tell()).toEqual([]);
    settle("office/farah", { "omid@farah.example.org": delivered("ok") });
    expect(tell()).toMatchObject([{ kind: "delivered", reached: "omid@farah.example.org" }]);
  });

  it("stays owed when something newer happens before it was confirmed", () => {
    trace.accepted(mail({ "x@example.net": "internet" }));
    settle("internet", { "x@example.net": deferred("4.4.1", "later") });
    const owed = trace.owed("herat", 10);
    settle("internet", { "x@example.net": delivered("ok") });
    expect(stays()[0]?.told).toBe(false);
    trace.told(owed);
    expect(tell()).toMatchObject([{ kind: "delivered" }]);
  });

  it("is a count for a list, told again when more of it is settled", () => {
    trace.accepted(mail({ "board@example.org": "sorting" }));
    pass("board@example.org", {
      "maria@example.org": "mailbox/maria",
      "x@example.net": "internet",
      "y@example.net": "internet",
    });
    const several = { named: "board@example.org", kind: "several", people: 3 };
    expect(tell()).toMatchObject([{ ...several, arrived: 1, lost: 0 }]);
    settle("internet", { "x@example.net": deferred("4.4.1", "later"), "y@example.net": deferred("4.4.1", "later") });
    expect(tell()).toEqual([]);
    settle("internet", { "x@example.net": delivered("ok"), "y@example.net": failed("5.1.1", "no") });
    expect(tell()).toMatchObject([{ ...several, arrived: 2, lost: 1 }]);
    expect(tell()).toEqual([]);
  });

  it("is nothing for mail in another office's queue, for what was refused at the door, and to others", () => {
    const refused = { kind: "failed", status: "5.1.1", text: "nobody" } as const;
    trace.accepted(mail({ "omid@example.org": "office/mazar" }));
    trace.accepted(mail({}, { recipients: [{ named: "nobody@example.org", stays: [], refused }] }));
    trace.accepted(mail({ "maria@example.org": "mailbox/maria" }, { mailId: "B".repeat(16), origin: {} }));
    expect(trace.owed("herat", 10)).toEqual([]);
    settle("office/mazar", { "omid@example.org": delivered("ok") });
    expect(trace.owed("mazar", 10)).toEqual([]);
    expect(trace.owed("", 10)).toEqual([]);
    expect(tell()).toHaveLength(1);
  });

  it("comes oldest first, in parts", () => {
    const ids = ["C", "A", "B"].map((letter) => letter.repeat(16));
    for (const mailId of ids) trace.accepted(mail({ "maria@example.org": "mailbox/maria" }, { mailId }));
    const [first] = trace.owed("herat", 1);
    expect(first?.mailId).toBe(ids[0]);
    trace.told(trace.owed("herat", 1));
    expect(trace.owed("herat", 10).map(({ mailId }) => mailId)).toEqual(ids.slice(1));
  });
});

describe("news from the other end", () => {
  const news = (kind: "delivered" | "deferred" | "failed") => ({ kind, status: "", text: "", at: START, reached: "" });
  const heard = (): readonly StayRecord[] => stays().filter(({ place }) => place === "hub");

  beforeEach(() => trace.accepted(mail({ "omid@example.org": "outbound" }, { origin: {} })));

  it("is kept with when it was heard, and a final word is not taken back", () => {
    const [omid] = trace.sentFrom("outbound", ID);
    if (omid === undefined) throw new Error("There is nobody");
    expect(trace.learn(omid, news("deferred"), START + 1)).toBe(true);
    expect(trace.learn(omid, news("deferred"), START + 2)).toBe(false);
    expect(trace.learn(omid, { ...news("delivered"), reached: "omid@example.net" }, START + 3)).toBe(true);
    expect(trace.learn(omid, news("deferred"), START + 4)).toBe(false);
    expect(trace.learn(omid, news("failed"), START + 5)).toBe(false);
    expect(heard()).toMatchObject([{ outcome: "delivered", heardAt: START + 3, reached: "omid@example.net" }]);
    expect(trace.find("omid@example.net", 1)).toHaveLength(1);
  });

  it("counts upwards for a list", () => {
    const [list] = trace.sentFrom("outbound", ID);
    if (list === undefined) throw new Error("There is nobody");
    const count = (arrived: number) => ({ kind: "several" as const, people: 12, arrived, lost: 0, at: START });
    expect([3, 10, 3].map((arrived) => trace.learn(list, count(arrived), START))).toEqual([true, true, false]);
    expect(heard()).toMatchObject([{ outcome: "several", people: 12, arrived: 10 }]);
  });
});

describe("forgetting", () => {
  const count = (table: string): unknown => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  const id = (index: number): string =>
    `A${String(index)
      .replaceAll(/[0189]/g, "A")
      .padStart(15, "B")}`;

  it("takes what is older than 90 days, and leaves what a wrong clock wrote", () => {
    trace.accepted(mail({ "x@example.net": "internet" }));
    trace.accepted(mail({ "x@example.net": "internet" }, { mailId: id(2), at: START + MINUTE }));
    trace.accepted(mail({ "x@example.net": "internet" }, { mailId: id(3), at: 0 }));
    expect(trace.prune(START + TRACE_LIFE_MS + 1)).toBe(1);
    expect(trace.find("x@example.net", 10).map(({ mailId }) => mailId)).toEqual([id(3), id(2)]);
    expect(count("trace_stay")).toBe(2);
  });

  it("takes the oldest when there are too many, whole messages", () => {
    const small = openSqlTrace(db, 4);
    for (const index of [2, 3, 4]) {
      small.accepted(mail({ "x@example.net": "internet", "y@example.net": "internet" }, { mailId: id(index) }));
    }
    expect(small.prune(START)).toBe(1);
    expect([count("trace_mail"), count("trace_stay")]).toEqual([2, 4]);
    small.accepted(mail({ "x@example.net": "internet" }, { mailId: id(5) }));
    expect(small.prune(START)).toBe(1);
    expect([count("trace_mail"), count("trace_stay")]).toEqual([2, 3]);
  });

  it("may go as far as losing the tables", () => {
    db.exec("DROP TABLE trace_mail; DROP TABLE trace_stay");
    trace = openSqlTrace(db, 1000);
    trace.accepted(mail({ "x@example.net": "internet" }));
    expect(trace.find(ID, 1)).toHaveLength(1);
  });
});
