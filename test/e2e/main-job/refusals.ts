import { expect, it } from "vitest";
import { letter, type Scene } from "../scene.ts";
import { smtpSession } from "../wire.ts";

/** Rows S14–S18 of what SMTP owes: the answer comes at RCPT, before the body. */
export function refusals(scene: Scene): void {
  /** The reply to RCPT for each of these paths, to a client at 127.0.0.1. */
  const rcpt = async (paths: readonly string[], from?: string, node = "hub"): Promise<string[]> => {
    const commands = ["EHLO client.example", "MAIL FROM:<friend@outside.example>"];
    const rcpts = paths.map((path) => `RCPT TO:${path}`);
    return (await smtpSession(scene.node(node).port("smtp"), [...commands, ...rcpts], from)).slice(2);
  };

  it("is refused when nobody has that name", async () => {
    expect(await rcpt(["<nobody@example.org>"])).toEqual([expect.stringMatching(/^550 5\.1\.1 /)]);
    expect(await rcpt(["<holly@herat.example.org>"])).toEqual([expect.stringMatching(/^550 5\.1\.1 /)]);
    expect(await rcpt(["<nobody@mazar.example.org>"], undefined, "mazar")).toEqual([
      expect.stringMatching(/^550 5\.1\.1 /),
    ]);
  });

  it("elsewhere is refused to strangers and taken from those who may relay", async () => {
    const path = ["<client@outside.example>"];
    expect(await rcpt(path)).toEqual([expect.stringMatching(/^550 5\.7\.1 /)]);
    expect(await rcpt(path, "127.0.0.9")).toEqual([expect.stringMatching(/^250 /)]);
    expect(await rcpt(path, "127.0.0.8")).toEqual([expect.stringMatching(/^250 /)]);
  });

  it("elsewhere is taken after a login", async () => {
    const plain = Buffer.from("\0bob@example.org\0secret of bob").toString("base64");
    const commands = ["EHLO client.example", `AUTH PLAIN ${plain}`, "MAIL FROM:<bob@example.org>"];
    const port = scene.hub.port("submission");
    const replies = await smtpSession(port, [...commands, "RCPT TO:<client@outside.example>"]);
    expect(replies.at(1)).toMatch(/^235 /);
    expect(replies.at(-1)).toMatch(/^250 /);
    const without = await smtpSession(port, ["EHLO c", "MAIL FROM:<bob@example.org>", "RCPT TO:<bob@example.org>"]);
    expect(without.at(-1)).toMatch(/^5/);
  });

  it("is never routed by a percent sign, quotes, a bang or a source route", async () => {
    const literal = ["<user%victim.example@example.org>", '<"user@victim"@example.org>', "<victim!user@example.org>"];
    for (const reply of await rcpt(literal)) expect(reply).toMatch(/^550 5\.1\.1 /);
    // Also from those who may relay: there it would work.
    for (const reply of await rcpt(literal, "127.0.0.9")) expect(reply).toMatch(/^550 5\.1\.1 /);
    const [stripped] = await rcpt(["<@a.example,@b.example:holly@example.org>"]);
    expect(stripped).toMatch(/^(250 |550 5\.1\.3 )/);
    const [routed] = await rcpt(["<@outside.example:client@outside.example>"]);
    expect(routed).toMatch(/^55\d 5\.(1\.3|7\.1) /);
  });

  it("postmaster is taken bare and in any case, at the hub and at an office", async () => {
    const paths = ["<postmaster>", "<Postmaster@example.org>", "<POSTMASTER>", "<pOsTmAsTeR@kabul.example.org>"];
    for (const reply of await rcpt(paths)) expect(reply).toMatch(/^250 /);
    const here = ["<postmaster>", "<PostMaster@mazar.example.org>", "<Postmaster@example.org>"];
    for (const reply of await rcpt(here, undefined, "mazar")) expect(reply).toMatch(/^250 /);
    expect(await scene.send("hub", "", "Postmaster", letter("for the postmaster"))).toMatchObject({ ok: true });
    await scene.arrived("hub", "postmaster", "for the postmaster");
  });

  it("a message that was here four times, or has a hundred hops, is refused", async () => {
    const own = "Received: from x by kabul.example.org with ESMTP; 1 Jan 2026 00:00:00 +0000\n".repeat(4);
    const hops = "Received: from x by y.example with ESMTP; 1 Jan 2026 00:00:00 +0000\n".repeat(100);
    for (const trace of [own, hops]) {
      const reply = await scene.send("hub", "a@outside.example", "bob@example.org", trace + letter("looping"));
      expect(reply.text).toMatch(/^554 5\.4\.6 /);
    }
    expect(await scene.count("hub", { person: "bob" }, "looping")).toBe(0);
  });
}
