import { afterEach, describe, expect, it } from "vitest";
import type { TlsPolicy } from "#shared/mail/tls-policy.js";
import { startTlsSink, type TlsSink, type TlsSinkOptions } from "../../test/support/tls-sink.ts";
import { askRecipient } from "./ask-recipient.ts";
import { closeAll, open, rawPeer, scripted, send, target } from "./test-peer.ts";
import type { SmtpTarget } from "./types.ts";

afterEach(closeAll);

const NEVER = new AbortController().signal;
const LOGIN = { user: "relay", pass: "right" };

async function sink(options: TlsSinkOptions = {}): Promise<TlsSink> {
  const made = await startTlsSink(options);
  open.push(made);
  return made;
}

/** What became of one recipient: the kind, and the status of what was not delivered. */
async function sent(to: SmtpTarget): Promise<string> {
  const [outcome] = await send(to);
  return outcome?.kind === "delivered" ? "delivered" : `${outcome?.kind} ${outcome?.status}`;
}

const PLAIN = { starttls: false };
const OTHER = { certifiedFor: "other.example" };

describe("TLS to another host", () => {
  it.each<[TlsPolicy, TlsSinkOptions, boolean, string, boolean | undefined]>([
    // the policy, the host, whether its authority is known, what becomes of it, whether it went encrypted
    ["opportunistic", {}, false, "delivered", true],
    ["opportunistic", PLAIN, false, "delivered", false],
    ["off", {}, false, "delivered", false],
    ["require", {}, false, "delivered", true],
    ["require", OTHER, false, "delivered", true],
    ["require", PLAIN, false, "deferred 4.7.4", undefined],
    ["verify", {}, true, "delivered", true],
    ["verify", {}, false, "deferred 4.7.5", undefined],
    ["verify", OTHER, true, "deferred 4.7.5", undefined],
    ["verify", PLAIN, true, "deferred 4.7.4", undefined],
    ["implicit", { implicit: true }, false, "delivered", true],
  ])("%s, with a host that has %j (authority known: %s): %s", async (tls, options, trusted, expected, encrypted) => {
    const host = await sink(options);
    const to = target(host.port, { tls, ...(trusted ? { ca: host.ca } : {}) });
    expect(await sent(to)).toBe(expected);
    expect(host.taken.map((one) => one.tls)).toEqual(encrypted === undefined ? [] : [encrypted]);
  });

  it("says nothing in plain text to a host that does not begin with TLS as it should", async () => {
    const seen: string[] = [];
    const { port } = await rawPeer(scripted({}, seen));
    expect(await sent(target(port, { tls: "implicit" }))).toBe("deferred 4.7.5");
    expect(seen.join("\n")).not.toMatch(/EHLO|MAIL/);
  });

  it.each<TlsPolicy>(["require", "verify", "implicit"])(
    "is not given up when the handshake fails (%s)",
    async (tls) => {
      const seen: string[] = [];
      const { port } = await rawPeer((socket) => {
        scripted({ EHLO: "250-peer\r\n250 STARTTLS\r\n", STARTTLS: "220 go\r\n" }, seen)(socket);
        socket.on("data", (chunk) => {
          if (chunk[0] === 0x16) socket.end("this is no TLS");
        });
      });
      expect(await sent(target(port, { tls }))).toBe("deferred 4.7.5");
      expect(seen.some((line) => line.startsWith("MAIL"))).toBe(false);
    },
  );

  it("names the setting and the reason", async () => {
    const host = await sink(PLAIN);
    const [outcome] = await send(target(host.port, { tls: "require", label: "route example.net" }));
    expect(outcome?.text).toMatch(
      /^route example\.net: TLS is wanted \(require\) and not to be had, 127\.0\.0\.1 said: 50/,
    );
    const other = await sink(OTHER);
    const [unproven] = await send(target(other.port, { tls: "verify", ca: other.ca, label: "route example.net" }));
    expect(unproven?.text).toMatch(/^route example\.net: no TLS as wanted \(verify\): .*127\.0\.0\.1/);
  });
});

describe("a password for another host", () => {
  it.each<TlsPolicy>(["require", "verify", "implicit"])("goes over TLS (%s), and the mail after it", async (tls) => {
    const host = await sink({ login: LOGIN, implicit: tls === "implicit" });
    expect(await sent(target(host.port, { tls, ca: host.ca, auth: LOGIN }))).toBe("delivered");
    expect(host.tried).toEqual([{ ...LOGIN, tls: true }]);
    expect(host.taken).toEqual([{ tls: true, login: LOGIN.user, to: ["user@example.org"] }]);
  });

  it("never goes in plain text, though the host would take it", async () => {
    const host = await sink({ ...PLAIN, login: LOGIN });
    for (const tls of ["require", "verify"] as const)
      expect(await sent(target(host.port, { tls, auth: LOGIN }))).toBe("deferred 4.7.4");
    expect(host.tried).toEqual([]);
  });

  it("that is wrong defers, with the setting and the login but not the password", async () => {
    const host = await sink({ login: LOGIN });
    const auth = { user: "relay", pass: "a wrong one" };
    const [outcome] = await send(target(host.port, { tls: "require", auth, label: "route example.net" }));
    expect(outcome).toMatchObject({ kind: "deferred", status: "4.7.8" });
    expect(outcome?.text).toMatch(/^route example\.net: the login relay is refused, 127\.0\.0\.1 said: 535/);
    expect(outcome?.text).not.toContain("wrong one");
    expect(host.taken).toEqual([]);
  });

  it.each([
    ["4.7.8", "454 4.7.0 not now\r\n"],
    ["4.3.2", "421 4.3.2 going down\r\n"],
  ])("is not blamed (%s) for what the host says of itself: %j", async (status, reply) => {
    const { port } = await rawPeer(scripted({ EHLO: "250-peer\r\n250 AUTH PLAIN\r\n", AUTH: reply }));
    const [outcome] = await send(target(port, { tls: "off", auth: LOGIN }));
    expect(outcome).toMatchObject({ kind: "deferred", status });
  });
});

describe("askRecipient", () => {
  const ask = (port: number, address: string, signal = NEVER, more: Partial<SmtpTarget> = {}) =>
    askRecipient(target(port, more), address, signal);

  it("asks with the null sender, and hands over nothing", async () => {
    const seen: string[] = [];
    const { port } = await rawPeer(scripted({}, seen));
    expect((await ask(port, "kim@example.org")).kind).toBe("delivered");
    expect(seen.filter((line) => line !== "QUIT")).toEqual([
      expect.stringMatching(/^EHLO /),
      "MAIL FROM:<>",
      "RCPT TO:<kim@example.org>",
    ]);
  });

  it.each([
    ["RCPT", "550 5.1.1 nobody\r\n", "failed", "5.1.1"],
    ["RCPT", "553 sorry\r\n", "failed", "5.0.0"],
    ["RCPT", "450 4.2.1 later\r\n", "deferred", "4.2.1"],
    ["RCPT", "what?\r\n", "deferred", "4.5.0"],
    ["RCPT", "drop", "deferred", "4.4.2"],
    ["MAIL", "550 5.7.1 no bounces\r\n", "deferred", "4.4.0"],
    ["EHLO", "drop", "deferred", "4.4.1"],
    ["greeting", "554 5.7.1 go away\r\n", "deferred", "4.7.1"],
  ])("takes for the answer to %s %j: %s", async (verb, reply, kind, status) => {
    const { port } = await rawPeer(scripted({ [verb]: reply }));
    expect(await ask(port, "kim@example.org")).toMatchObject({ kind, status });
  });

  it("ends with the signal, when the host says nothing", async () => {
    const silent = await rawPeer(() => undefined);
    const outcome = await ask(silent.port, "kim@example.org", AbortSignal.timeout(50));
    expect(outcome).toMatchObject({ kind: "deferred", status: "4.4.1", text: expect.stringContaining("in time") });
  });

  it("puts nothing of an address into a command of its own", async () => {
    const seen: string[] = [];
    const { port } = await rawPeer(scripted({}, seen));
    expect((await ask(port, "kim\r\nDATA@example.org")).kind).toBe("failed");
    expect((await ask(port, "kim>x<y@example.org")).kind).toBe("failed");
    expect(seen.some((line) => /DATA|RCPT/.test(line))).toBe(false);
  });

  it("logs in as mail would", async () => {
    const host = await sink({ login: LOGIN });
    expect((await ask(host.port, "kim@example.org", NEVER, { tls: "require", auth: LOGIN })).kind).toBe("delivered");
    expect(host.tried).toEqual([{ ...LOGIN, tls: true }]);
    expect(host.taken).toEqual([]);
  });
});
