import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectPsk, listenPsk } from "#shared/io/psk.js";
import { ALL_ALPN, LINK_ALPN } from "#shared/link/alpn.js";
import type { LineSettings } from "#shared/link/hold-session.js";
import { holdWithHub } from "#spoke/hub-link.js";
import { FULL_LINE, nodePair } from "../support/node-pair.ts";

const letter = (subject: string) => `From: sender@example.org\nSubject: ${subject}\n\nThe road is open.\n`;

async function linked() {
  const nodes = await nodePair();
  const listener = await listenPsk({
    host: "127.0.0.1",
    port: 0,
    keyOf: (identity) => nodes.hub.links.keyOf(identity),
    alpn: ALL_ALPN,
    onConnection: (connection) => void nodes.hub.links.serve(connection),
    onRefused: () => undefined,
  });
  onTestFinished(async () => {
    await listener.close();
    await nodes.close();
  });
  const session = async (line: Partial<LineSettings> = {}, stop = new AbortController()) => {
    const carrier = await connectPsk({
      host: "127.0.0.1",
      port: listener.port,
      identity: "herat",
      key: Buffer.alloc(32, 7),
      alpn: LINK_ALPN.session,
      signal: stop.signal,
      timeoutMs: 10_000,
    });
    const abort = new AbortController().signal;
    const ended = holdWithHub(nodes.spoke, carrier, {
      dialler: true,
      line: { ...FULL_LINE, ...line },
      stop: stop.signal,
      abort,
    });
    return { carrier, ended };
  };
  return { ...nodes, session };
}

describe("the session over TLS", () => {
  it("that finds nothing to do costs at most 900 bytes, both ways together", async () => {
    const { session } = await linked();
    await (await session()).ended;
    const { carrier, ended } = await session();
    await expect(ended).resolves.toMatchObject({ ended: "drained" });
    const { up, down } = carrier.wire();
    expect(up + down).toBeLessThanOrEqual(800);
    expect(up + down).toBeGreaterThan(500);
  });

  it("of an office ends its older one, which is a line that died unnoticed", async () => {
    const { session, down, subjects } = await linked();
    const older = await session({ stay: true });
    await vi.waitFor(() => expect(older.carrier.wire().down).toBeGreaterThan(400));
    await down(letter("one"));
    const newer = await session();
    expect((await older.ended).ended).toBe("cut");
    expect((await newer.ended).ended).toBe("drained");
    expect(await subjects("spoke", "holly")).toEqual(["one"]);
  });

  it("that stays open carries what comes later, in both directions, and ends with a good-bye", async () => {
    const { session, down, up, subjects } = await linked();
    const stop = new AbortController();
    const { ended } = await session({ stay: true }, stop);
    await down(letter("from headquarters"));
    await up(letter("from the office"));
    await vi.waitFor(
      async () => {
        expect(await subjects("spoke", "holly")).toEqual(["from headquarters"]);
        expect(await subjects("hub", "maria")).toEqual(["from the office"]);
      },
      { timeout: 10_000 },
    );
    stop.abort();
    expect((await ended).ended).toBe("stopped");
  });

  it("brings only the newest list of the office's people", async () => {
    const { session, hub, spoke } = await linked();
    await (await session()).ended;
    hub.directory.people.add({ name: "sara", office: "herat" });
    hub.directory.people.add({ name: "omar", office: "herat" });
    await (await session()).ended;
    expect(spoke.directory.people.get("omar")).toBeDefined();
    await vi.waitFor(() => {
      const office = hub.directory.offices.get("herat");
      expect(office?.sentVersion).toBe(office?.peopleVersion);
    });
  });

  it("is ended by the hub when the office is paused meanwhile (a stolen laptop)", async () => {
    const { session, hub, down } = await linked();
    const { ended } = await session({ stay: true });
    hub.directory.offices.pause("herat", true);
    await down(letter("secret"));
    expect((await ended).ended).toBe("cut");
    expect((await hub.store.queue("office/herat").list()).length).toBeGreaterThan(0);
  });
});
