import { describe, expect, it, onTestFinished, vi } from "vitest";
import { compileRules } from "#shared/config/rules.js";
import { deferred } from "#shared/mail/outcome.js";
import type { Arrival } from "#shared/queue/accept.js";
import { Bench } from "#shared/queue/test-bench.js";
import { type QmtpServerOptions, serveQmtp } from "./serve.ts";
import { converse, dial, gone, packageOf, replies } from "./test-peers.ts";

type Rule = Parameters<typeof compileRules>[0][number];

async function serving(rules: readonly Rule[] = [], more: Partial<QmtpServerOptions> = {}) {
  const bench = await Bench.make();
  const arrivals: Arrival[] = [];
  const left: string[] = [];
  const server = await serveQmtp({
    host: "127.0.0.1",
    port: 0,
    rules: compileRules([...rules]),
    accept: (came) => {
      arrivals.push(came);
      return bench.accept(came);
    },
    partial: "/dev/null/unused",
    maxMessage: 10_000,
    maxClients: 2,
    space: () => undefined,
    onOfficeLeft: (office, address) => void left.push(`${office} ${address}`),
    log: bench.log,
    ...more,
  });
  onTestFinished(() => server.close());
  return { bench, arrivals, left, port: server.port, close: () => server.close() };
}

const MAIL = packageOf("Subject: x\n\nx\n", "x@y", ["maria@example.org"]);

describe("plain QMTP", () => {
  it("takes mail and answers when it is durable", async () => {
    const { bench, port, arrivals } = await serving();
    expect(replies(await converse(port, MAIL))[0]).toMatch(/^Kok [A-Z2-7]{16}$/);
    expect(bench.mailbox("maria")[0]).toMatch(
      /Received: from unknown \(\[127\.0\.0\.1\]\)\n {2}by hub\.example\.org with QMTP id /,
    );
    expect(arrivals[0]?.origin).toEqual({ relay: false });
  });

  it("knows an office and who may relay by the network alone, and says when the office has left", async () => {
    const { port, arrivals, left } = await serving([{ from: "127.0.0.0/8", relay: true, office: "herat" }]);
    await converse(port, MAIL);
    expect(arrivals[0]?.origin).toEqual({ relay: true, office: "herat" });
    await vi.waitFor(() => expect(left).toEqual(["herat 127.0.0.1"]));
  });

  it("turns away whom the rules refuse, and who is one too many", async () => {
    const closed = await serving([{ from: "127.0.0.1", allow: false }]);
    expect(await converse(closed.port, MAIL, false).catch(() => "")).toBe("");
    expect(closed.bench.logged("link-refused")).toMatchObject([{ reason: "refused by qmtp.rule" }]);
    const busy = await serving();
    await Promise.all([dial(busy.port), dial(busy.port)]);
    await vi.waitFor(async () => {
      await converse(busy.port, MAIL, false).catch(() => "");
      expect(busy.bench.logged("link-refused")).not.toEqual([]);
    });
  });

  it("defers everything while the disk is low", async () => {
    const { port } = await serving([], { space: () => deferred("4.3.1", "insufficient storage") });
    expect(replies(await converse(port, MAIL))).toEqual(["Zinsufficient storage (#4.3.1)"]);
  });

  it("closes at once though somebody is in the middle of a message", async () => {
    const { port, close, left } = await serving([{ from: "127.0.0.1", office: "herat" }]);
    const socket = await dial(port);
    socket.write(MAIL.slice(0, 8));
    const ended = gone(socket);
    await close();
    await ended;
    expect(left).toEqual([]);
  });
});
