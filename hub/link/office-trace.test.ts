import { describe, expect, it } from "vitest";
import { delivered, failed } from "#shared/mail/outcome.js";
import type { Passage, Settling, Stay, Trace, TracedMail } from "#shared/queue/trace.js";
import { officeTrace } from "./office-trace.ts";
import { testHub } from "./test-hub.ts";

/** What reaches the database. */
function seen() {
  const accepted: TracedMail[] = [];
  const passed: Passage[] = [];
  const settled: Settling[] = [];
  const inner: Trace = {
    accepted: (mail) => void accepted.push(mail),
    passed: (passage) => void passed.push(passage),
    settled: (settling) => void settled.push(settling),
    prune: () => 7,
  };
  return { trace: officeTrace(inner), accepted, passed, settled };
}

const ID = "ABCDEFGHIJKLMNOP";
const stay = (place: string, bound?: readonly string[]): Stay => ({
  recipient: "x@example.org",
  place,
  ...(bound === undefined ? {} : { bound }),
});

function mail(stays: readonly Stay[], origin: TracedMail["origin"] = {}): TracedMail {
  const recipients = stays.map((one) => ({ named: one.place, stays: [one] }));
  return { mailId: ID, sender: "a@example.net", from: "192.0.2.1", origin, recipients, at: 0 };
}

const ELSEWHERE = [stay("internet"), stay("mailbox/maria"), stay("sorting", ["internet", "mailbox/maria"])];

describe("the trace of the hub", () => {
  it("keeps nothing of mail that touches no office", () => {
    const { trace, accepted, passed, settled } = seen();
    trace.accepted(mail(ELSEWHERE));
    const moves = [{ recipient: "x@example.org", to: ELSEWHERE }];
    trace.passed({ mailId: ID, origin: {}, place: "sorting", moves, at: 0 });
    for (const place of ["sorting", "internet"])
      trace.settled({ mailId: ID, origin: {}, place, outcomes: [{ recipient: "x", outcome: delivered("ok") }], at: 0 });
    trace.settled({
      mailId: ID,
      origin: {},
      place: "internet",
      outcomes: [{ recipient: "x", outcome: failed("5.1.1", "no") }],
      at: 0,
    });
    expect([accepted, passed, settled]).toEqual([[], [], []]);
  });

  it("writes nothing for mail between headquarters and the Internet", async () => {
    const hub = await testHub();
    const before = hub.directory.state();
    await hub.take("Subject: x\n\nx\n", ["maria@example.org"]);
    await hub.take("Subject: x\n\nx\n", ["maria@example.org", "x@example.net"]);
    await hub.engine.sortNow();
    expect(await hub.waiting("internet")).toEqual(["x@example.net"]);
    expect(hub.directory.state()).toBe(before);
    await hub.take("Subject: x\n\nx\n", ["holly@example.org"]);
    expect(hub.directory.state()).not.toBe(before);
  });

  it("keeps of other mail the recipients that lead to an office", () => {
    const { trace, accepted, passed, settled } = seen();
    const toOffice = [stay("office/herat"), stay("sorting", ["office/mazar", "internet"])];
    trace.accepted(mail([...ELSEWHERE, ...toOffice]));
    expect(accepted[0]?.recipients.map(({ stays }) => stays[0])).toEqual(toOffice);
    const moves = [
      { recipient: "board@example.org", to: [...ELSEWHERE, ...toOffice] },
      { recipient: "x@example.net", to: ELSEWHERE },
    ];
    trace.passed({ mailId: ID, origin: {}, place: "sorting", moves, at: 0 });
    expect(passed[0]?.moves).toEqual([{ recipient: "board@example.org", to: toOffice }]);
    const outcomes = [{ recipient: "x", outcome: delivered("ok") }];
    trace.settled({ mailId: ID, origin: {}, place: "office/herat", outcomes, at: 0 });
    const trouble = [{ recipient: "x", outcome: failed("5.3.4", "too large") }];
    trace.settled({ mailId: ID, origin: {}, place: "sorting", outcomes: trouble, at: 0 });
    expect(settled).toHaveLength(2);
  });

  it.each([{ link: "herat" }, { office: "herat" }])("keeps all of mail that came from %o", (origin) => {
    const { trace, accepted, passed, settled } = seen();
    trace.accepted(mail(ELSEWHERE, origin));
    trace.passed({ mailId: ID, origin, place: "sorting", moves: [{ recipient: "x", to: ELSEWHERE }], at: 0 });
    trace.settled({ mailId: ID, origin, place: "internet", outcomes: [], at: 0 });
    expect([accepted[0]?.recipients.length, passed[0]?.moves[0]?.to.length, settled.length]).toEqual([3, 3, 1]);
  });

  it("forgets as it is told", () => {
    expect(seen().trace.prune(0)).toBe(7);
  });
});
