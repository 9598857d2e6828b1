import { afterEach, describe, expect, it } from "vitest";
import { closeAll, rawPeer, scripted } from "#shared/smtp/test-peer.js";
import { RecipientProbes } from "./recipient-probes.ts";

afterEach(closeAll);

const HOUR = 3600_000;

/** A host that answers RCPT as `reply` says now, and the questions to it. */
async function asked(reply: { now: string }, more: { limitMs?: number; holdMs?: number; maxAnswers?: number } = {}) {
  let connections = 0;
  const { port } = await rawPeer((socket) => {
    connections += 1;
    const answer = (): void =>
      scripted({
        get RCPT() {
          return reply.now;
        },
      })(socket);
    if (more.holdMs === undefined) answer();
    else setTimeout(answer, more.holdMs);
  });
  const clock = { now: 0 };
  const destination = { now: `smtp://127.0.0.1:${port}` };
  const probes = new RecipientProbes({
    host: "hub.example.org",
    routes: {
      route: (pattern) =>
        pattern === "example.org" ? { pattern, destination: destination.now, accept: true } : undefined,
      wildcardRoutes: () => [],
    },
    secrets: () => ({}),
    now: () => clock.now,
    ...(more.limitMs === undefined ? {} : { limitMs: more.limitMs }),
    ...(more.maxAnswers === undefined ? {} : { maxAnswers: more.maxAnswers }),
  });
  const ask = async (name = "kim") => {
    const outcome = await probes.ask("example.org", `${name}@example.org`);
    return outcome.kind === "delivered" ? "yes" : `${outcome.kind} ${outcome.status}`;
  };
  return { probes, ask, clock, destination, connections: () => connections };
}

const YES = "250 2.1.5 fine\r\n";
const NO = "550 nobody of that name\r\n";
const LATER = "450 4.2.1 later\r\n";

describe("asking the host of a route", () => {
  it("asks once for a day after a yes, whatever the case", async () => {
    const host = await asked({ now: YES });
    expect([await host.ask(), await host.ask("KIM")]).toEqual(["yes", "yes"]);
    host.clock.now = 24 * HOUR - 1;
    await host.ask();
    expect(host.connections()).toBe(1);
    host.clock.now = 24 * HOUR;
    await host.ask();
    expect(host.connections()).toBe(2);
  });

  it("asks once for an hour after a no, which is the host's own word", async () => {
    const reply = { now: NO };
    const host = await asked(reply);
    const outcome = await host.probes.ask("example.org", "kim@example.org");
    expect(outcome).toMatchObject({ kind: "failed", status: "5.1.1" });
    expect(outcome.text).toBe("127.0.0.1 said: 550 nobody of that name");
    reply.now = YES;
    host.clock.now = HOUR - 1;
    expect(await host.ask()).toBe("failed 5.1.1");
    host.clock.now = HOUR;
    expect(await host.ask()).toBe("yes");
    expect(host.connections()).toBe(2);
  });

  it("defers while there is no saying, asks again a minute later, and takes who was ever there", async () => {
    const reply = { now: YES };
    const host = await asked(reply);
    await host.ask("kim");
    host.clock.now = 30 * 24 * HOUR;
    reply.now = LATER;
    expect([await host.ask("kim"), await host.ask("new")]).toEqual(["yes", "deferred 4.4.0"]);
    expect([await host.ask("kim"), await host.ask("new")]).toEqual(["yes", "deferred 4.4.0"]);
    expect(host.connections()).toBe(3);
    host.clock.now += 60_000;
    await host.ask("kim");
    expect(host.connections()).toBe(4);
    host.clock.now += 60_000;
    reply.now = NO;
    expect([await host.ask("kim"), await host.ask("kim")]).toEqual(["failed 5.1.1", "failed 5.1.1"]);
    host.clock.now += HOUR;
    reply.now = LATER;
    expect(await host.ask("kim")).toBe("deferred 4.4.0");
  });

  it("waits for a host no longer than the limit", async () => {
    const host = await asked({ now: YES }, { holdMs: 60_000, limitMs: 50 });
    expect(await host.ask()).toBe("deferred 4.4.0");
  });

  it("asks once for all who ask at the same time, and no more than twenty at once", async () => {
    const host = await asked({ now: YES }, { holdMs: 100 });
    const same = Array.from({ length: 10 }, () => host.ask("kim"));
    const others = Array.from({ length: 25 }, (_, index) => host.ask(`name${index}`));
    expect(new Set(await Promise.all(same))).toEqual(new Set(["yes"]));
    const answers = await Promise.all(others);
    expect(answers.filter((answer) => answer === "yes")).toHaveLength(19);
    expect(answers.filter((answer) => answer === "deferred 4.4.0")).toHaveLength(6);
    expect(host.connections()).toBe(20);
  });

  it("remembers so many names and no more, those that exist apart from guesses", async () => {
    const reply = { now: YES };
    const host = await asked(reply, { maxAnswers: 2 });
    for (const name of ["a", "b", "a", "c"]) await host.ask(name);
    reply.now = NO;
    for (const name of ["guess1", "guess2", "guess3"]) await host.ask(name);
    expect(host.connections()).toBe(6);
    expect([await host.ask("a"), await host.ask("c"), await host.ask("guess3")]).toEqual([
      "yes",
      "yes",
      "failed 5.1.1",
    ]);
    expect(host.connections()).toBe(6);
    expect([await host.ask("b"), await host.ask("guess1")]).toEqual(["failed 5.1.1", "failed 5.1.1"]);
    expect(host.connections()).toBe(8);
  });

  it("forgets what another host has said, and defers for a route that is gone", async () => {
    const old = await asked({ now: NO });
    const next = await asked({ now: YES });
    expect(await old.ask()).toBe("failed 5.1.1");
    old.destination.now = next.destination.now;
    expect(await old.ask()).toBe("yes");
    expect((await old.probes.ask("gone.example", "kim@gone.example")).kind).toBe("deferred");
  });

  it("says what is known without asking", async () => {
    const host = await asked({ now: YES });
    expect(host.probes.known("example.org", "kim@example.org")).toBeUndefined();
    await host.ask();
    host.clock.now = 5000;
    expect(host.probes.known("example.org", "kim@example.org")).toMatchObject({
      outcome: { kind: "delivered" },
      agoMs: 5000,
    });
    expect(host.connections()).toBe(1);
  });
});
