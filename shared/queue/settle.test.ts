import { describe, expect, it } from "vitest";
import { quoteAddress } from "#shared/mail/address.js";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { settle } from "./settle.ts";
import { DOUBLE_BOUNCE_SENDER } from "./settlement.ts";
import { arrival, Bench, POLICY } from "./test-bench.ts";

const TEXT = "Message-ID: <one@example.net>\nSubject: Seeds\n\nSECRET BODY\n";
const NOBODY = failed("5.1.1", "550 no such user", "mx.example.com");
const LATER = deferred("4.4.1", "no way there");

/** Takes a message into a queue, lets the attempt end as told, and settles. */
async function ended(bench: Bench, queue: string, outcomes: readonly Outcome[]) {
  const open = await bench.oldest(queue);
  const settled = await settle(bench.settleContext(), bench.store.queue(queue), open, outcomes);
  await open.close();
  return settled;
}

async function waiting(sender = "maria@example.org", to: readonly string[] = ["x@far.example"]): Promise<Bench> {
  const bench = await Bench.make();
  const recipients = to.map((address) => ({ address }));
  await bench.accept(await arrival(TEXT, to, { envelope: { sender, recipients } }));
  return bench;
}

describe("a bounce", () => {
  it("is a report for people and programs, with the header and never the body", async () => {
    const bench = await waiting();
    expect(await ended(bench, "internet", [NOBODY])).toEqual({ kind: "gone" });
    expect(bench.entries("internet")).toEqual([]);
    const [report = ""] = bench.mailbox("maria");
    expect(report).toMatch(/^Return-Path: <>\nDelivered-To: maria@example\.org\n/);
    for (const part of [
      "multipart/report; report-type=delivery-status",
      "Reporting-MTA: dns; hub.example.org",
      "Final-Recipient: rfc822;x@far.example",
      "Action: failed",
      "Status: 5.1.1",
      "Remote-MTA: dns; mx.example.com",
      "Diagnostic-Code: smtp; 550 no such user",
      "Content-Type: text/rfc822-headers",
      "In-Reply-To: <one@example.net>",
      "Subject: Seeds",
      "Auto-Submitted: auto-replied",
    ])
      expect(report).toContain(part);
    expect(report).not.toContain("SECRET BODY");
    expect(bench.logged("bounced")).toMatchObject([{ recipient: "maria@example.org", for: ["x@far.example"] }]);
  });

  it("is one for all who failed, and has the same id when it is made again", async () => {
    const bench = await waiting("maria@example.org", ["x@far.example", "y@far.example", "z@far.example"]);
    const open = await bench.oldest("internet");
    const context = bench.settleContext();
    for (let times = 0; times < 2; times += 1)
      await settle(context, bench.store.queue("internet"), open, [NOBODY, delivered("ok"), NOBODY]);
    const reports = bench.logged("bounced");
    expect(reports).toHaveLength(2);
    expect(reports[0]).toMatchObject({ for: ["x@far.example", "z@far.example"] });
    expect(reports[1]?.report).toBe(reports[0]?.report);
  });

  it("that cannot be made durable leaves the entry as it is, for every call of the disk that fails", async () => {
    const calls = await (async () => {
      const bench = await waiting("ana@far.example");
      const before = bench.disk.calls.length;
      await ended(bench, "internet", [NOBODY]);
      return bench.disk.calls.length - before;
    })();
    for (let at = 1; at <= calls; at += 1) {
      const bench = await waiting("ana@far.example");
      const [before = ""] = bench.entries("internet");
      bench.disk.failNext(at, "ENOSPC");
      await ended(bench, "internet", [NOBODY]).catch(() => undefined);
      const left = bench.entries("internet");
      const bounced = left.some((text) => text.startsWith("Return-Path: <>\nDelivered-To: ana@far.example\n"));
      expect(left.includes(before) || bounced, `call ${at}`).toBe(true);
    }
  });

  it("of a bounce goes to the postmaster, our own bounces too, and the third is dropped with a line in the log", async () => {
    const bench = await waiting("ana@far.example");
    await ended(bench, "internet", [NOBODY]);
    await ended(bench, "internet", [NOBODY]);
    expect(bench.entries("internet")).toEqual([]);
    const [double = ""] = bench.mailbox("postmaster");
    expect(double.startsWith(`Return-Path: <${quoteAddress(DOUBLE_BOUNCE_SENDER)}>\n`)).toBe(true);
    expect(bench.logged("double-bounce")).toMatchObject([
      { recipient: "postmaster@example.org", outcome: "delivered" },
    ]);

    const third = await waiting(DOUBLE_BOUNCE_SENDER);
    expect(await ended(third, "internet", [NOBODY])).toEqual({ kind: "gone" });
    expect(third.logged("double-bounce")).toMatchObject([{ outcome: "dropped", recipient: "x@far.example" }]);
    expect(third.mailbox("postmaster")).toEqual([]);
  });

  it("for a sender who does not exist here is the postmaster's to know", async () => {
    const bench = await waiting("nobody@example.org");
    await ended(bench, "internet", [NOBODY]);
    expect(bench.mailbox("postmaster")).toHaveLength(1);
    expect(bench.logged("double-bounce")).toMatchObject([{ recipient: "nobody@example.org", outcome: "delivered" }]);
  });
});

describe("settling on disk", () => {
  it("keeps only who still waits, and tells the sender of the delay once", async () => {
    const bench = await waiting("maria@example.org", ["x@far.example", "y@far.example"]);
    bench.now += 5 * 3_600_000;
    expect(await ended(bench, "internet", [delivered("ok"), LATER])).toMatchObject({ kind: "kept" });
    expect(bench.entries("internet")[0]).toMatch(
      /^Return-Path: <maria@example\.org>\nDelivered-To: y@far\.example\nX-Qrelay-Entry: .* noticed=1\n/,
    );
    const [notice = ""] = bench.mailbox("maria");
    expect(notice).toContain("Action: delayed");
    expect(notice).toContain("Will-Retry-Until: ");
    expect(notice).not.toContain("SECRET BODY");
    bench.now += 3_600_000;
    await ended(bench, "internet", [LATER]);
    expect(bench.mailbox("maria")).toHaveLength(1);
  });

  it("gives up when the lifetime is over, and says so", async () => {
    const bench = await waiting();
    bench.now += (POLICY.lifetime + 1) * 1000;
    expect(await ended(bench, "internet", [])).toEqual({ kind: "gone" });
    expect(bench.mailbox("maria")[0]).toContain("Status: 5.4.7");
  });

  it("writes one line per recipient with its outcome", async () => {
    const bench = await waiting("", ["x@far.example", "y@far.example"]);
    await ended(bench, "internet", [delivered("250 ok", "mx.example.com"), LATER]);
    expect(bench.logged("delivered")).toMatchObject([{ recipient: "x@far.example", remote: "mx.example.com" }]);
    expect(bench.logged("deferred")).toMatchObject([{ recipient: "y@far.example", status: "4.4.1" }]);
  });
});
