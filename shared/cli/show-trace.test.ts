import { describe, expect, it } from "vitest";
import { DOOR, OTHER_END, type StayRecord, type TraceRecord } from "#shared/queue/trace-record.js";
import { traceDocument, traceText } from "./show-trace.ts";

const AT = Date.UTC(2026, 10, 27, 9, 12);
const MINUTE = 60_000;
const time = (at: number): string => `+${Math.round((at - AT) / MINUTE)}`;

function stay(place: string, outcome: StayRecord["outcome"], more: Partial<StayRecord> = {}): StayRecord {
  return {
    named: "omid@example.org",
    recipient: "omid@example.org",
    place,
    since: AT,
    outcome,
    status: "",
    text: "",
    at: outcome === "waits" ? 0 : AT + MINUTE,
    via: "",
    told: false,
    heardAt: 0,
    reached: "",
    people: 0,
    arrived: 0,
    lost: 0,
    ...more,
  };
}

function record(...stays: StayRecord[]): TraceRecord {
  return {
    mailId: "ABCDEFGHIJKLMNOP",
    messageId: "<1@example.org>",
    sender: "ali@example.org",
    from: "127.0.0.1",
    link: "",
    at: AT,
    stays,
  };
}

const text = (...stays: StayRecord[]): string[] =>
  traceText([record(...stays)], time)
    .trimEnd()
    .split("\n");

describe("a trace for people", () => {
  it("tells the way of a message in the order of time, headquarters' word last", () => {
    expect(
      text(
        stay(OTHER_END, "delivered", { at: AT - MINUTE, heardAt: AT + 9 * MINUTE }),
        stay("outbound", "delivered", { at: AT + 5 * MINUTE, via: "hf" }),
        stay("sorting", "passed"),
        stay("mailbox/maria", "delivered", { named: "maria@example.org", recipient: "maria@example.org" }),
      ),
    ).toEqual([
      "ABCDEFGHIJKLMNOP  from ali@example.org  <1@example.org>",
      "  +0  taken from 127.0.0.1 for omid@example.org, maria@example.org",
      "  +1  maria@example.org: delivered to the mailbox maria",
      "  +5  omid@example.org: crossed the link hf, headquarters has it",
      "  +-1  omid@example.org: delivered (told by headquarters +9)",
    ]);
  });

  it.each<[StayRecord, string]>([
    [stay("sorting", "waits"), "omid@example.org: is being sorted"],
    [stay("outbound", "waits"), "omid@example.org: waits in the queue outbound"],
    [stay("outbound", "delivered"), "omid@example.org: crossed the link, headquarters has it"],
    [
      stay("outbound", "deferred", { status: "4.4.1", text: "no contact with outbound yet" }),
      "omid@example.org: deferred in outbound: no contact with outbound yet (4.4.1)",
    ],
    [stay("office/mazar", "delivered"), "omid@example.org: delivered, mazar has it"],
    [
      stay("internet", "delivered", { text: "mx.example.net: 250 ok", told: true }),
      "omid@example.org: delivered: mx.example.net: 250 ok (the office that sent it knows)",
    ],
    [
      stay("internet", "failed", { named: "board@example.org", status: "5.1.1", text: "mx.example.net: unknown" }),
      "omid@example.org (for board@example.org): failed: mx.example.net: unknown (5.1.1)",
    ],
    [
      stay(DOOR, "failed", { status: "5.1.1", text: "nobody" }),
      "omid@example.org: refused at the door: nobody (5.1.1)",
    ],
    [
      stay(OTHER_END, "deferred", { status: "4.4.1", heardAt: AT }),
      "omid@example.org: deferred: no reason given (4.4.1) (told by headquarters +0)",
    ],
    [
      stay(OTHER_END, "delivered", { reached: "omid@example.net", heardAt: AT }),
      "omid@example.org: delivered to omid@example.net (told by headquarters +0)",
    ],
    [
      stay(OTHER_END, "several", { people: 12, arrived: 10, lost: 1, heardAt: AT }),
      "omid@example.org: it is for 12 people: delivered to 10, failed for 1 so far (told by headquarters +0)",
    ],
    [
      stay(OTHER_END, "several", { people: 12, arrived: 12, heardAt: AT }),
      "omid@example.org: it is for 12 people: delivered to 12 (told by headquarters +0)",
    ],
  ])("says of %o: %s", (one, said) => {
    expect(text(one)[2]?.replace(/^ {2}\+\d+ {2}/, "")).toBe(said);
  });

  it("names the first of many, and nobody of a report", () => {
    const many = Array.from({ length: 12 }, (_, index) => stay("outbound", "passed", { named: `r${index}` }));
    expect(text(...many)[1]).toMatch(/for r0, .*, r9 and 2 more$/);
    expect(traceText([{ ...record(), sender: "", messageId: "" }], time)).toMatch(/^ABCDEFGHIJKLMNOP {2}from <>\n/);
  });

  it("is one line an event, whatever an address holds", () => {
    expect(text(stay("outbound", "waits", { recipient: "a\nb\u2028c@example.org" }))).toHaveLength(3);
  });
});

describe("a trace for scripts", () => {
  it("leaves out what there is none of", () => {
    expect(traceDocument([record(stay("outbound", "waits"))])).toEqual({
      mails: [
        {
          id: "ABCDEFGHIJKLMNOP",
          messageId: "<1@example.org>",
          sender: "ali@example.org",
          from: "127.0.0.1",
          at: "2026-11-27T09:12:00.000Z",
          recipients: [
            {
              named: "omid@example.org",
              recipient: "omid@example.org",
              place: "outbound",
              outcome: "waits",
              since: "2026-11-27T09:12:00.000Z",
            },
          ],
        },
      ],
    });
  });

  it("has all that is known of a recipient", () => {
    const several = { people: 12, arrived: 10, lost: 1, heardAt: AT + 9 * MINUTE };
    const refused = { status: "5.1.1", text: "nobody", told: true, via: "hf", reached: "x@example.net" };
    expect(
      traceDocument([record(stay(OTHER_END, "several", several), stay(DOOR, "failed", refused))]).mails[0]?.recipients,
    ).toMatchObject([
      { place: "headquarters", people: 12, arrived: 10, lost: 1, heardAt: "2026-11-27T09:21:00.000Z" },
      { place: "door", at: "2026-11-27T09:13:00.000Z", ...refused },
    ]);
  });

  it("holds nothing that a terminal would obey, and every time is one", () => {
    const hostile = "\u001b[2J\u009b31m\u2028\ud800";
    const all = stay("outbound", "failed", {
      named: hostile,
      recipient: hostile,
      text: hostile,
      reached: hostile,
      via: hostile,
    });
    const mail = { ...record(all), sender: hostile, messageId: hostile, from: hostile, at: Number.MAX_SAFE_INTEGER };
    const written = JSON.stringify(traceDocument([mail]));
    expect(written).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(JSON.parse(written).mails[0].at).toBe("1970-01-01T00:00:00.000Z");
  });
});
