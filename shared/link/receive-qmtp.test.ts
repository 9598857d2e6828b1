import { describe, expect, it } from "vitest";
import { deferred } from "#shared/mail/outcome.js";
import { converse, listen, packageOf, replies } from "#shared/qmtp/test-peers.js";
import { Bench, linked } from "#shared/queue/test-bench.js";
import { type LinkReceiveContext, receiveFromLink } from "./receive-qmtp.ts";

const TEXT = linked("ABCDEFGHIJKLMNOP", "Subject: x\n\nx\n");

async function linkUp(more: Partial<LinkReceiveContext> = {}) {
  const bench = await Bench.make();
  const { port } = await listen((socket) => {
    void receiveFromLink(socket, {
      link: "hub",
      accept: bench.accept,
      partial: "/dev/null/unused",
      maxMessage: 10_000,
      space: () => undefined,
      log: bench.log,
      signal: new AbortController().signal,
      ...more,
    });
  });
  return { bench, port };
}

describe("mail that comes over the link", () => {
  it("is taken once, though the whole batch is repeated after its answers were lost (Q9)", async () => {
    const { bench, port } = await linkUp();
    const batch = packageOf(TEXT, "x@y", ["maria@example.org", "nobody@example.org"]);
    const first = await converse(port, batch);
    bench.now += 86_400_000;
    expect(await converse(port, batch)).toBe(first);
    expect(replies(first).map((text) => text[0])).toEqual(["K", "D"]);
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(bench.logged("accepted")).toMatchObject([{ with: "QMTPS", peer: "hub" }]);
  });

  it("is deferred while the disk is low", async () => {
    const { bench, port } = await linkUp({ space: () => deferred("4.3.1", "insufficient storage") });
    expect(replies(await converse(port, packageOf(TEXT, "", ["maria@example.org"])))).toEqual([
      "Zinsufficient storage (#4.3.1)",
    ]);
    expect(bench.mailbox("maria")).toEqual([]);
  });
});
