import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectPsk, listenPsk } from "#shared/io/psk.js";
import { ALL_ALPN, LINK_ALPN } from "#shared/link/alpn.js";
import { encodeFrame } from "#shared/link/wire/frame.js";
import { DEFAULT_HELLO } from "#shared/link/wire/hello.js";
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
  return async (identity: string, alpn: string = LINK_ALPN.qmtp) => {
    const to = { host: "127.0.0.1", port: listener.port, identity, key: KEY, alpn, signal: NEVER, timeoutMs: 10_000 };
    const { stream } = await connectPsk(to);
    stream.on("error", () => undefined);
    onTestFinished(() => void stream.destroy());
    return stream;
  };
}

describe("an office that calls", () => {
  it("brings mail, which is taken once", async () => {
    const hub = await testHub();
    const call = await callable(hub);
    const mail = packageOf(linked("ABCDEFGHIJKLMNOP", TEXT), "holly@example.org", ["omid@example.org"]);
    for (let times = 0; times < 2; times += 1) {
      const stream = await call("herat");
      stream.write(mail);
      const [said] = await once(stream, "data");
      expect(replies(String(said))).toEqual(["Kok ABCDEFGHIJKLMNOP"]);
      stream.end();
      await gone(stream);
    }
    expect(await hub.waiting("office/mazar")).toEqual(["omid@mazar.example.org"]);
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
    const stream = await call("herat", LINK_ALPN.session);
    stream.write(encodeFrame({ kind: "hello", hello: DEFAULT_HELLO }));
    await gone(stream);
    const ended = (): unknown[] =>
      hub.events.flatMap(({ event, fields }) => (event === "link-session" ? fields.reason : []));
    await vi.waitFor(() => expect(ended()).toEqual([expect.stringContaining("EIO")]));
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
