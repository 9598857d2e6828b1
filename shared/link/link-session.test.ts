import { describe, expect, it, vi } from "vitest";
import { deferred, delivered } from "#shared/mail/outcome.js";
import { converse, listen, packageOf, replies } from "#shared/qmtp/test-peers.js";
import { Bench, linked } from "#shared/queue/test-bench.js";
import { type LinkReceiveContext, NODE_LOCAL, receiveFromLink } from "./link-session.ts";

const TEXT = linked("ABCDEFGHIJKLMNOP", "Subject: x\n\nx\n");
const HOST = "herat.example.org";

async function linkUp(more: Partial<LinkReceiveContext> = {}) {
  const bench = await Bench.make();
  const { port } = await listen((socket) => {
    void receiveFromLink(socket, {
      link: "hub",
      accept: bench.accept,
      partial: "/dev/null/unused",
      maxMessage: 10_000,
      space: () => undefined,
      host: HOST,
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

describe("a message for the node itself", () => {
  const update = packageOf("{}", "", [`${NODE_LOCAL.toUpperCase()}@${HOST}`]);

  it("goes to the node, and mail behind it waits until it is done", async () => {
    const steps: string[] = [];
    const { bench, port } = await linkUp({
      forNode: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        steps.push("list");
        return delivered("noted");
      },
    });
    vi.spyOn(bench.store, "draft").mockImplementationOnce(async () => {
      steps.push("mail");
      throw new Error("enough");
    });
    const said = replies(await converse(port, update + packageOf(TEXT, "", ["holly@herat.example.org"])));
    expect(said[0]).toBe("Knoted");
    expect(steps).toEqual(["list", "mail"]);
  });

  it("that fails defers the mail behind it, which must not be judged by an old list", async () => {
    const { bench, port } = await linkUp({ forNode: async () => Promise.reject(new Error("a bug")) });
    const said = replies(await converse(port, update + packageOf(TEXT, "", ["maria@example.org"])));
    expect(said.map((text) => text[0])).toEqual(["Z", "Z"]);
    expect(bench.mailbox("maria")).toHaveLength(0);
  });

  it("is mail like any other where the node expects none, or when it is for others too", async () => {
    const none = await linkUp();
    await converse(none.port, update);
    expect(none.bench.logged("accepted")).toHaveLength(1);
    let asked = 0;
    const both = await linkUp({ forNode: async () => delivered(String(asked++)) });
    await converse(both.port, packageOf("{}", "", [`${NODE_LOCAL}@${HOST}`, "maria@example.org"]));
    expect(asked).toBe(0);
  });
});
