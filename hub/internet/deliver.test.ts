import { afterEach, describe, expect, it } from "vitest";
import type { EntryHead } from "#shared/queue/entry.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import { closeAll, rawPeer, scripted } from "#shared/smtp/test-peer.js";
import { routesOf } from "../../test/support/routing-view.ts";
import { deliverToInternet, type OutwardPolicy } from "./deliver.ts";

afterEach(closeAll);

const TEXT = "Subject: x\n\nhello\n";
const NEVER = new AbortController().signal;

function entryFor(to: readonly string[], sender = "maria@example.org", fields = {}): OpenEntry {
  const recipients = to.map((address) => ({ address }));
  const head: EntryHead = { id: "A".repeat(16), born: 1, envelope: { sender, recipients }, fields };
  return {
    entry: { name: "x", unique: "x", flags: "", folder: "new", time: 1 },
    head,
    size: TEXT.length,
    async *message() {
      yield Buffer.from(TEXT);
    },
    close: async () => undefined,
  };
}

const POLICIES: Record<string, OutwardPolicy> = {};

const deliver = (entry: OpenEntry, routes: Record<string, string>, signal = NEVER) =>
  deliverToInternet(
    { host: "hub.example.org", routes: routesOf(routes), secrets: () => ({}), policyOf: (name) => POLICIES[name] },
    entry,
    signal,
  );

describe("an attempt at an entry of the Internet queue", () => {
  it("gives each next hop the message once, and each recipient its own outcome in its own place", async () => {
    const one: string[] = [];
    const two: string[] = [];
    const refusing = { "RCPT TO:<bad@b.example>": "550 5.1.1 nobody\r\n" };
    const a = await rawPeer(scripted({}, one));
    const b = await rawPeer(scripted(refusing, two));
    const routes = { "a.example": `smtp://127.0.0.1:${a.port}`, "*": `smtp://127.0.0.1:${b.port}` };
    const to = ["x@b.example", "y@a.example", "bad@b.example", "z@a.example"];
    const outcomes = await deliver(entryFor(to), routes);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["delivered", "delivered", "failed", "delivered"]);
    expect(outcomes[2]).toMatchObject({ status: "5.1.1" });
    for (const [seen, count] of [
      [one, 2],
      [two, 2],
    ] as const) {
      expect(seen.filter((line) => line.startsWith("MAIL FROM:"))).toHaveLength(1);
      expect(seen.filter((line) => line.startsWith("RCPT TO:"))).toHaveLength(count);
    }
  });

  it("says the null sender for a double bounce: #@[] is our own word", async () => {
    const seen: string[] = [];
    const { port } = await rawPeer(scripted({}, seen));
    await deliver(entryFor(["x@b.example"], "#@[]"), { "*": `smtp://127.0.0.1:${port}` });
    expect(seen.find((line) => line.startsWith("MAIL"))).toMatch(/^MAIL FROM:<>/);
  });

  it.each([
    ["no route is set", {}, "4.4.4", "hub route set"],
    ["the route cannot be used", { "*": "ftp://x" }, "4.3.5", "ftp://x"],
  ])("defers when %s, and names the cure", async (_what, routes, status, text) => {
    const outcomes = await deliver(entryFor(["x@b.example", "y@b.example"]), routes as Record<string, string>);
    expect(outcomes).toEqual(
      Array(2).fill(expect.objectContaining({ kind: "deferred", status, text: expect.stringContaining(text) })),
    );
  });

  it("goes on with the other hops when one is dead", async () => {
    const { port } = await rawPeer(scripted({}));
    const dead = await rawPeer((socket) => void socket.destroy());
    const routes = { "a.example": `smtp://127.0.0.1:${dead.port}`, "*": `smtp://127.0.0.1:${port}` };
    const outcomes = await deliver(entryFor(["x@a.example", "y@b.example"]), routes);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["deferred", "delivered"]);
  });
});

describe("an entry with a policy", () => {
  /** A host that takes everything, and what it was told. */
  async function host() {
    const seen: string[] = [];
    const { port } = await rawPeer(scripted({}, seen));
    return { seen, url: `smtp://127.0.0.1:${port}`, told: () => seen.filter((line) => line.startsWith("RCPT")) };
  }

  it("goes by its relay, and not by the smart host; a route that names the recipient comes first", async () => {
    const [smart, named, relay] = await Promise.all([host(), host(), host()]);
    POLICIES.press = { relay: relay.url };
    const routes = { "*": smart.url, "named.example": named.url };
    const to = ["a@far.example", "b@named.example"];
    await deliver(entryFor(to, undefined, { policy: "press" }), routes);
    await deliver(entryFor(to, undefined, { policy: "removed-since" }), routes);
    expect(relay.told()).toEqual(["RCPT TO:<a@far.example>"]);
    expect(named.told()).toEqual(["RCPT TO:<b@named.example>", "RCPT TO:<b@named.example>"]);
    expect(smart.told()).toEqual(["RCPT TO:<a@far.example>"]);
  });

  it("needs no other way to the Internet than its relay, but does as a route by MX records says", async () => {
    const relay = await host();
    POLICIES.press = { relay: relay.url };
    const to = ["a@far.example", "b@by-mx.example"];
    const outcomes = await deliver(entryFor(to, undefined, { policy: "press" }), { "by-mx.example": "mx" });
    expect(outcomes.map(({ kind }) => kind)).toEqual(["delivered", "deferred"]);
  });

  it("comes from its source address", async () => {
    const from: (string | undefined)[] = [];
    const { port } = await rawPeer((socket) => {
      from.push(socket.remoteAddress);
      scripted({}, [])(socket);
    });
    POLICIES.press = { sourceAddress: "127.0.0.9" };
    const entry = entryFor(["a@far.example"], undefined, { policy: "press" });
    expect(await deliver(entry, { "*": `smtp://127.0.0.1:${port}` })).toMatchObject([{ kind: "delivered" }]);
    expect(from).toEqual(["127.0.0.9"]);
  });

  it.each([
    ["another machine's", "192.0.2.77"],
    ["of another family", "::1"],
  ])("waits, with words, while its source address is %s", async (_what, sourceAddress) => {
    const { url } = await host();
    POLICIES.press = { sourceAddress };
    const outcomes = await deliver(entryFor(["a@far.example"], undefined, { policy: "press" }), { "*": url });
    expect(outcomes).toMatchObject([{ kind: "deferred", text: expect.stringContaining(`from ${sourceAddress}`) }]);
  });
});
