import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectPsk, listenPsk } from "#shared/io/psk.js";
import { ALL_ALPN, LINK_ALPN } from "#shared/link/alpn.js";
import { NODE_LOCAL } from "#shared/link/node-address.js";
import { delivered } from "#shared/mail/outcome.js";
import { receivePackages } from "#shared/qmtp/receive.js";
import { gone, packageOf, type Receiving, receiving, replies } from "#shared/qmtp/test-peers.js";
import { linked } from "#shared/queue/test-bench.js";
import { KEY, type TestHub, testHub } from "./test-hub.ts";

const TEXT = "Subject: x\n\nx\n";
const NEVER = new AbortController().signal;

/** The hub's listener for offices, as `serve.ts` opens it. */
async function callable(hub: TestHub) {
  const listener = await listenPsk({
    host: "127.0.0.1",
    port: 0,
    keyOf: (identity) => hub.links.keyOf(identity),
    alpn: ALL_ALPN,
    onConnection: (connection) => void hub.links.serve(connection),
    onRefused: () => undefined,
  });
  onTestFinished(() => listener.close());
  return async (identity: string, alpn: string = LINK_ALPN.turn) => {
    const to = { host: "127.0.0.1", port: listener.port, identity, key: KEY, alpn, signal: NEVER, timeoutMs: 10_000 };
    const { stream } = await connectPsk(to);
    stream.on("error", () => undefined);
    onTestFinished(() => void stream.destroy());
    return stream;
  };
}

/** Takes what the hub sends, as an office does; recipients of each message in order. */
async function fetched(stream: Awaited<ReturnType<Awaited<ReturnType<typeof callable>>>>): Promise<string[]> {
  const got: string[] = [];
  await receivePackages(stream, {
    maxMessage: 1_000_000,
    partial: "/dev/null/unused",
    take: async ({ recipients }) => {
      got.push(recipients.map(({ address }) => address).join(" "));
      return recipients.map(() => delivered("ok"));
    },
    log: () => undefined,
    signal: NEVER,
  });
  return got;
}

describe("an office that calls", () => {
  it("gets its people first, then its own mail and nobody else's (Q12)", async () => {
    const hub = await testHub();
    const call = await callable(hub);
    await hub.take(TEXT, ["holly@example.org"]);
    await hub.take(TEXT, ["omid@example.org"]);
    expect(await fetched(await call("herat"))).toEqual([`${NODE_LOCAL}@herat.example.org`, "holly@herat.example.org"]);
    await vi.waitFor(async () => expect(await hub.waiting("office/herat")).toEqual([]));
    expect(await hub.waiting("office/mazar")).toHaveLength(1);
    const office = hub.directory.offices.get("herat");
    expect(office?.sentVersion).toBe(office?.peopleVersion);
    expect(office?.lastContactAt).toBeGreaterThan(0);
    expect(await fetched(await call("herat"))).toEqual([]);
  });

  it("gets only the newest list of its people", async () => {
    const hub = await testHub();
    const call = await callable(hub);
    const first = await call("herat");
    await once(first, "data");
    first.destroy();
    hub.directory.people.add({ name: "sara", office: "herat" });
    const list = `${NODE_LOCAL}@herat.example.org`;
    expect(await fetched(await call("herat"))).toEqual([list]);
  });

  it("brings mail, which is taken once", async () => {
    const hub = await testHub();
    const call = await callable(hub);
    const mail = packageOf(linked("ABCDEFGHIJKLMNOP", TEXT), "holly@example.org", ["omid@example.org"]);
    for (let times = 0; times < 2; times += 1) {
      const stream = await call("herat", LINK_ALPN.send);
      stream.write(mail);
      const [said] = await once(stream, "data");
      expect(replies(String(said))).toEqual(["Kok ABCDEFGHIJKLMNOP"]);
      stream.end();
      await gone(stream);
    }
    expect(await hub.waiting("office/mazar")).toEqual(["omid@mazar.example.org"]);
  });

  it("ends its own older session, which died unnoticed", async () => {
    const hub = await testHub();
    const call = await callable(hub);
    const older = await call("herat", LINK_ALPN.stay);
    await once(older, "data");
    const ended = gone(older);
    expect(await fetched(await call("herat"))).toHaveLength(1);
    await ended;
  });

  it("stays on the line and gets what comes", async () => {
    const hub = await testHub();
    const call = await callable(hub);
    const got: string[] = [];
    const stream = await call("herat", LINK_ALPN.stay);
    void receivePackages(stream, {
      maxMessage: 1_000_000,
      partial: "/dev/null/unused",
      take: async ({ recipients }) => {
        got.push(recipients[0]?.address ?? "");
        return recipients.map(() => delivered("ok"));
      },
      log: () => undefined,
      signal: NEVER,
    });
    await vi.waitFor(() => expect(got).toHaveLength(1));
    await hub.take(TEXT, ["holly@example.org"]);
    await vi.waitFor(() => expect(got).toEqual([`${NODE_LOCAL}@herat.example.org`, "holly@herat.example.org"]));
  });

  it("has no key when it is unknown, paused or the hub's own", async () => {
    const { links, directory } = await testHub();
    expect(links.keyOf("herat")).toEqual(KEY);
    directory.offices.pause("herat", true);
    for (const name of ["herat", "kabul", "atlantis", "__proto__"]) expect(links.keyOf(name)).toBeUndefined();
  });

  it("is hung up on when the hub's disk or directory is in trouble, and the hub lives on", async () => {
    const hub = await testHub();
    const call = await callable(hub);
    vi.spyOn(hub.store.queue("office/herat"), "list").mockRejectedValue(new Error("EIO"));
    const stream = await call("herat");
    await gone(stream);
    await vi.waitFor(() => expect(hub.events.some(({ event }) => event === "internal-error")).toBe(true));
  });
});

describe("an office that is called", () => {
  const herat = (hub: TestHub) => {
    const office = hub.directory.offices.get("herat");
    if (office === undefined) throw new Error("There is no herat");
    return office;
  };

  it("gets its queue over plain QMTP, without the list that only our own nodes know", async () => {
    const hub = await testHub();
    await hub.take(TEXT, ["holly@example.org", "ali@example.org"]);
    const peer: Receiving = await receiving();
    const report = await hub.links.dial(herat(hub), `qmtp://127.0.0.1:${peer.port}`, NEVER);
    expect(report).toMatchObject({ ended: "drained", sent: { messages: 1, recipients: 2 }, failed: [] });
    expect(peer.kept.map(({ recipients }) => recipients.length)).toEqual([2]);
    expect(await hub.waiting("office/herat")).toEqual([]);
  });

  it("keeps its mail when it cannot be reached", async () => {
    const hub = await testHub();
    await hub.take(TEXT, ["holly@example.org"]);
    for (const to of ["qmtp://127.0.0.1:1", "tls://127.0.0.1:1"])
      expect(await hub.links.dial(herat(hub), to, NEVER)).toMatchObject({
        ended: "unreachable",
        reason: expect.stringContaining("127.0.0.1:1"),
      });
    expect(await hub.waiting("office/herat")).toHaveLength(1);
  });
});
