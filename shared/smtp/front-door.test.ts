import { describe, expect, it } from "vitest";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import type { Destination, Route } from "#shared/queue/route.js";
import { Store } from "#shared/queue/store.js";
import { frontDoor } from "./front-door.ts";

const GATE: Destination = {
  place: { kind: "queue", name: "internet" },
  recipient: "kim@old.example",
  probe: "old.example",
};
const HERE: Destination = { place: { kind: "mailbox", name: "bob" }, recipient: "bob@example.org" };

/** What RCPT is answered, and what was asked of the other host. */
async function rcpt(route: Route, answer: Outcome, relay: boolean): Promise<{ code: number; asked: string[] }> {
  const asked: string[] = [];
  const policy = frontDoor({
    listener: "smtp",
    limitOf: () => undefined,
    accept: () => Promise.reject(new Error("no message comes here")),
    route: () => route,
    probe: async (pattern, recipient) => {
      asked.push(`${pattern} ${recipient}`);
      return answer;
    },
    rules: { fixed: [], lan: [], lanNetworks: () => [] },
    defaults: () => ({ allow: true, relay }),
    store: new Store("/nowhere", "hub.example.org"),
    space: () => undefined,
    log: () => undefined,
  });
  const client = { address: "192.0.2.1", port: 1, hello: "x", tls: false, relay };
  const verdict = await policy.recipient(client, "a@b.example", "kim@example.org");
  return { code: verdict.ok ? 250 : verdict.code, asked };
}

const to = (...destinations: Destination[]): Route => ({ kind: "to", destinations });

describe("RCPT for a recipient that another host is asked about", () => {
  it.each([
    [delivered("yes"), false, 250],
    [failed("5.1.1", "nobody"), false, 550],
    [deferred("4.4.0", "silence"), false, 451],
    [delivered("yes"), true, 250],
    [failed("5.1.1", "nobody"), true, 550],
    // Who may send anywhere has no queue to wait in: ours.
    [deferred("4.4.0", "silence"), true, 250],
  ])("is answered by that host's answer %j (relay client: %s) with %d", async (answer, relay, code) => {
    expect(await rcpt(to(GATE), answer, relay)).toEqual({ code, asked: ["old.example kim@old.example"] });
  });

  it("asks nobody where others get the message too: one bad member costs the others nothing", async () => {
    const no = failed("5.1.1", "nobody");
    expect(await rcpt(to(GATE, HERE), no, false)).toEqual({ code: 250, asked: [] });
    const problems = [{ recipient: "x@example.org", outcome: no }];
    expect(await rcpt({ kind: "to", destinations: [GATE], problems }, no, false)).toEqual({ code: 250, asked: [] });
    expect(await rcpt(to(HERE), no, false)).toEqual({ code: 250, asked: [] });
  });
});
