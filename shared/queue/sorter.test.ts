import { describe, expect, it } from "vitest";
import { derivedMailId } from "#shared/mail/mail-id.js";
import { failed } from "#shared/mail/outcome.js";
import type { Route } from "./route.ts";
import { settle } from "./settle.ts";
import { sortEntry } from "./sorter.ts";
import { arrival, Bench, LINK, linked, routeByName } from "./test-bench.ts";

const TEXT = "Subject: hello\n\nHi\n";
const ID = "ABCDEFGHIJKLMNOP";

/** Sorts the oldest entry of queue/sorting once and settles it. */
async function sortOnce(bench: Bench) {
  const open = await bench.oldest("sorting");
  const attempt = await sortEntry(bench.context, open);
  const settled = await settle(bench.settleContext(), bench.store.sorting, open, attempt.outcomes, attempt.head);
  await open.close();
  return { ...attempt, settled };
}

describe("the sorter", () => {
  it("writes one copy per place and then removes the entry", async () => {
    const bench = await Bench.make();
    await bench.take(TEXT, ["maria@example.org", "a@herat.example.org", "b@herat.example.org", "x@far.example"]);
    expect((await sortOnce(bench)).settled).toEqual({ kind: "gone" });
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(bench.entries("office/herat")[0]).toContain(
      "Delivered-To: a@herat.example.org\nDelivered-To: b@herat.example.org\n",
    );
    expect(bench.entries("internet")).toHaveLength(1);
    expect(bench.entries("sorting")).toEqual([]);
  });

  it("marks the copies of a list against loops and keeps what the sender wrote for reports", async () => {
    const bench = await Bench.make();
    await bench.take(TEXT, ["all@example.org"]);
    await sortOnce(bench);
    const [copy = ""] = bench.entries("office/herat");
    expect(copy).toContain(
      "\nX-Qrelay-Rcpt: 1 orcpt=rfc822;all@example.org\nDelivered-To: all@example.org\nReceived: ",
    );
  });

  it("shows nobody by which alias others got the message, and gives whoever is reached twice one copy", async () => {
    const route = (address: string): Route => {
      const to = (recipient: string) => ({ place: { kind: "queue", name: "internet" } as const, recipient });
      if (address === "secret@example.org")
        return { kind: "to", expanded: address, destinations: [to("x@far.example"), to("both@far.example")] };
      return { kind: "to", destinations: [to(address)] };
    };
    const bench = await Bench.make({ route });
    await bench.take(TEXT, ["open@far.example", "both@far.example", "secret@example.org"]);
    expect((await sortOnce(bench)).settled).toEqual({ kind: "gone" });
    const copies = bench.entries("internet").map((entry) => ({
      to: entry.split("\nX-Qrelay-Entry")[0]?.split("\n").slice(1),
      marked: entry.includes("\nDelivered-To: secret@example.org\nReceived: "),
    }));
    expect(copies).toHaveLength(2);
    expect(copies).toContainEqual({
      to: ["Delivered-To: open@far.example", "Delivered-To: both@far.example"],
      marked: false,
    });
    expect(copies).toContainEqual({ to: ["Delivered-To: x@far.example"], marked: true });
  });

  it("makes what is sent on a message of its own, the same each time, beside copies under the old id", async () => {
    const place = { kind: "queue", name: "office/herat" } as const;
    const route = (address: string): Route =>
      address === "moved@example.org"
        ? {
            kind: "to",
            expanded: address,
            renewed: true,
            destinations: [{ place, recipient: "moved@herat.example.org" }],
          }
        : routeByName(address);
    const bench = await Bench.make({ route });
    // Alone it has one place only, and is the sorter's all the same.
    await bench.take(linked(ID, TEXT), ["moved@example.org"], LINK);
    expect(bench.entries("sorting")).toHaveLength(1);
    await sortOnce(bench);
    const other = "PONMLKJIHGFEDCBA";
    await bench.take(linked(other, TEXT), ["moved@example.org", "b@herat.example.org"], LINK);
    await sortOnce(bench);
    const ids = bench.entries("office/herat").map((entry) => / id=([A-Z2-7]+) /.exec(entry)?.[1]);
    expect(new Set(ids)).toEqual(new Set([derivedMailId("forward", ID), derivedMailId("forward", other), other]));
    expect(ids).toHaveLength(3);
  });

  it("sends what a list with an owner forwards from the owner, beside a copy that came without the list", async () => {
    const owned = { place: { kind: "queue", name: "office/herat" }, sender: "owner@example.org" } as const;
    const route = (address: string): Route =>
      address === "list@example.org"
        ? { kind: "to", expanded: address, destinations: [{ ...owned, recipient: "a@herat.example.org" }] }
        : routeByName(address);
    const bench = await Bench.make({ route });
    await bench.take(TEXT, ["list@example.org", "b@herat.example.org", "maria@example.org"]);
    await sortOnce(bench);
    const heads = bench.entries("office/herat").map((entry) => entry.split("\n").slice(0, 2).join(" "));
    expect(new Set(heads)).toEqual(
      new Set([
        "Return-Path: <ana@example.net> Delivered-To: b@herat.example.org",
        "Return-Path: <owner@example.org> Delivered-To: a@herat.example.org",
      ]),
    );
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(bench.entries("sorting")).toEqual([]);
  });

  it("tells the owner of a list, not its writers, of a member that leads nowhere", async () => {
    const lost = { recipient: "lost@example.org", sender: "owner@example.org", outcome: failed("5.1.1", "nobody") };
    const route = (address: string): Route =>
      address === "list@example.org"
        ? { kind: "to", expanded: address, destinations: reached("a@herat.example.org"), problems: [lost] }
        : address === lost.recipient
          ? { kind: "refused", status: "5.1.1", text: "nobody" }
          : routeByName(address);
    const reached = (recipient: string) => [
      { place: { kind: "queue", name: "office/herat" } as const, recipient, sender: "owner@example.org" },
    ];
    const bench = await Bench.make({ route });
    await bench.take(TEXT, ["list@example.org"]);
    expect((await sortOnce(bench)).settled).toEqual({ kind: "gone" });
    expect(bench.entries("sorting")).toEqual([
      expect.stringMatching(/^Return-Path: <owner@example\.org>\nDelivered-To: lost@example\.org\nX-Qrelay-Entry/),
    ]);
    expect(bench.entries("sorting")[0]).toContain("orcpt=rfc822;list@example.org\nReceived: ");
    await sortOnce(bench);
    const reports = [...bench.entries("sorting"), ...bench.mailbox("owner")];
    expect(reports).toEqual([expect.stringContaining("Delivered-To: owner@example.org")]);
    // A bounce has no other sender than none: its own reports stay where they were.
    await bench.take(TEXT, ["list@example.org"], {
      envelope: { sender: "", recipients: [{ address: "list@example.org" }] },
    });
    const { settled } = await sortOnce(bench);
    expect(settled).toEqual({ kind: "gone" });
  });

  it("tells each owner of a member that two lists have in common, whatever the writer wanted to hear of", async () => {
    const list = (owner: string, member: string): Route => ({
      kind: "to",
      destinations: [
        { place: { kind: "queue", name: "office/herat" }, recipient: `${member}@herat.example.org`, sender: owner },
      ],
      problems: [{ recipient: "lost@example.org", sender: owner, outcome: failed("5.1.1", "nobody") }],
    });
    const route = (address: string): Route => {
      if (address === "one@example.org") return list("o1@example.org", "a");
      return address === "two@example.org" ? list("o2@example.org", "b") : routeByName(address);
    };
    const bench = await Bench.make({ route });
    const recipients = ["one@example.org", "two@example.org"].map((address) => ({ address, notify: "NEVER" }));
    await bench.take(TEXT, recipients, { envelope: { sender: "ana@example.net", recipients, envid: "x1" } });
    await sortOnce(bench);
    const told = bench.entries("sorting");
    expect(told.map((entry) => entry.split("\n")[0]).toSorted((a = "", b = "") => a.localeCompare(b))).toEqual([
      "Return-Path: <o1@example.org>",
      "Return-Path: <o2@example.org>",
    ]);
    for (const entry of [...told, ...bench.entries("office/herat")]) {
      expect(entry).not.toContain("notify=");
      expect(entry).not.toContain("envid=");
    }
  });

  it("never sends a bounce from a list's owner", async () => {
    const destination = { place: { kind: "queue", name: "office/herat" }, recipient: "a@herat.example.org" } as const;
    const bench = await Bench.make({
      route: () => ({ kind: "to", destinations: [{ ...destination, sender: "owner@example.org" }] }),
    });
    await bench.take(TEXT, ["list@example.org"], {
      envelope: { sender: "", recipients: [{ address: "list@example.org" }] },
    });
    expect(bench.entries("office/herat")[0]).toContain("Return-Path: <>\n");
  });

  it("keeps an entry for the one member in trouble, and does not send to the others again", async () => {
    const bench = await Bench.make();
    await bench.take(TEXT, ["all@example.org", "later@example.org"]);
    await sortOnce(bench);
    expect(bench.entries("sorting")[0]).toMatch(/^Return-Path: <.*>\nDelivered-To: later@example\.org\nX-Qrelay-Entry/);
    await sortOnce(bench);
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(bench.entries("office/herat")).toHaveLength(1);
  });

  it("defers the members whose copy the disk did not take", async () => {
    const bench = await Bench.make();
    await bench.take(TEXT, ["all@example.org"]);
    const open = await bench.oldest("sorting");
    bench.disk.failNext(2, "ENOSPC");
    const { outcomes, head } = await sortEntry(bench.context, open);
    await open.close();
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["deferred", "delivered"]);
    expect(head?.envelope.recipients.map(({ address }) => address)).toEqual([
      "maria@example.org",
      "holly@herat.example.org",
    ]);
  });

  it("makes no second copy when it is repeated after a crash, though a reader has opened the first", async () => {
    const bench = await Bench.make();
    await bench.take(linked(ID, TEXT), ["all@example.org"], LINK);
    const open = await bench.oldest("sorting");
    await sortEntry(bench.context, open);
    const folder = "/node/mailboxes/maria/Maildir";
    const [name = ""] = bench.disk.names(`${folder}/new`);
    bench.disk.moveByReader(`${folder}/new/${name}`, `${folder}/cur/${name}:2,S`);
    bench.now += 7_200_000;
    await sortEntry(bench.context, open);
    await open.close();
    expect(bench.mailbox("maria")).toEqual([]);
    expect(bench.disk.names(`${folder}/cur`)).toHaveLength(1);
    expect(bench.entries("office/herat")).toHaveLength(1);
  });

  it("bounces the one bad recipient (A13)", async () => {
    const bench = await Bench.make();
    const recipients = [{ address: "nobody@example.org" }, { address: "ali@example.org" }];
    const envelope = { sender: "maria@example.org", recipients };
    await bench.accept(await arrival(TEXT, [], { envelope, refusals: "bounce" }));
    await sortOnce(bench);
    expect(bench.mailbox("ali")).toHaveLength(1);
    expect(bench.mailbox("maria")[0]).toContain("Status: 5.1.1");
    expect(bench.entries("sorting")).toEqual([]);
  });
});
