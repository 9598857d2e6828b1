import { expect, it } from "vitest";
import { eventually, qrelay, qrelayJson } from "../../support/star.ts";
import { readPop3 } from "../read-pop3.ts";
import { letter, type Scene } from "../scene.ts";

/** What the star is for: everybody reaches everybody, over few and short windows. */
export function mail(scene: Scene): void {
  it("from outside reaches a person at an office, who reads it with her password", async () => {
    const sent = await scene.send("hub", "friend@outside.example", "Holly@Example.ORG", letter("from outside"));
    expect(sent).toMatchObject({ ok: true });
    await scene.waiting("hub", "office/mazar", "from outside");
    expect(await scene.flush("mazar")).toMatchObject({ ended: "drained", failed: [] });
    const [message] = await scene.arrived("mazar", "holly", "from outside");
    expect(message?.head).toMatch(/^Return-Path: <friend@outside.example>\nDelivered-To: holly@mazar.example.org\n/);
    expect(message?.body).toBe("The text of from outside.\n");
    const port = scene.node("mazar").port("pop3");
    const read = await readPop3(port, "holly@example.org", "secret of holly");
    expect(read.filter((text) => text.includes("The text of from outside."))).toHaveLength(1);
    await expect(readPop3(port, "holly@example.org", "another secret")).rejects.toThrow();
  });

  it("goes from office to office through the hub", async () => {
    await scene.send("mazar", "holly@example.org", "zeno@example.org", letter("to herat"));
    expect(await scene.flush("mazar")).toMatchObject({ sent: { messages: 1, recipients: 1 }, left: { messages: 0 } });
    await scene.waiting("hub", "office/herat", "to herat");
    expect(await scene.flush("herat")).toMatchObject({ ended: "drained" });
    const [message] = await scene.arrived("herat", "zeno", "to herat");
    // The same mail id on every hop.
    const ids = [...(message?.head ?? "").matchAll(/ id ([A-Z2-7]{16})/g)].map(([, id]) => id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  it("goes from an office to headquarters and to the Internet", async () => {
    const sink = scene.star.sink;
    const to = ["bob@example.org", "client@outside.example"];
    await scene.send("mazar", "holly@example.org", to, letter("two ways"));
    expect(await scene.flush("mazar")).toMatchObject({ sent: { messages: 1, recipients: 2 } });
    await scene.arrived("hub", "bob", "two ways");
    const out = await eventually(() => sink?.messages.find(({ text }) => text.includes("Subject: two ways")));
    expect(out).toMatchObject({ from: "holly@example.org", to: ["client@outside.example"] });
    const read = await readPop3(scene.hub.port("pop3"), "bob@example.org", "secret of bob");
    expect(read.some((text) => text.includes("The text of two ways."))).toBe(true);
  });

  it("between people of one office never leaves it", async () => {
    await scene.flush("mazar");
    const idle = await scene.flush("mazar");
    await scene.send("mazar", "holly@example.org", "hamid@example.org", letter("local"));
    await scene.send("mazar", "holly@mazar.example.org", "hamid@mazar.example.org", letter("local again"));
    await scene.arrived("mazar", "hamid", "Subject: local", 2);
    expect(await scene.queued("mazar", "outbound")).toEqual([]);
    const flushed = await scene.flush("mazar");
    expect(flushed).toMatchObject({ sent: { messages: 0, bytes: 0 }, left: { messages: 0 } });
    // Two empty windows differ by what TLS pads, not by a message.
    expect(Math.abs(flushed.wire.up - idle.wire.up)).toBeLessThan(100);
  });

  it("crosses the link once, however many recipients an office has", async () => {
    const to = ["holly", "hamid", "hana", "zeno", "bob"].map((name) => `${name}@example.org`);
    await scene.send("hub", "friend@outside.example", to, letter("for five"));
    const [entry, ...more] = await scene.waiting("hub", "office/mazar", "for five");
    expect(more).toEqual([]);
    expect(entry?.head.match(/^Delivered-To: .*@mazar\.example\.org$/gm)).toHaveLength(3);
    const flushed = await scene.flush("mazar");
    expect(flushed.received).toMatchObject({ messages: 1, recipients: 3 });
    for (const name of ["holly", "hamid", "hana"])
      expect(await scene.arrived("mazar", name, "Subject: for five")).toHaveLength(1);
    await scene.arrived("hub", "bob", "Subject: for five");
    await scene.waiting("hub", "office/herat", "Subject: for five");
  });

  it("goes both ways when the hub calls", async () => {
    await scene.flush("herat");
    await scene.send("hub", "friend@outside.example", "zahra@example.org", letter("hub calls down"));
    await scene.send("herat", "zahra@example.org", "bob@example.org", letter("hub calls up"));
    await scene.waiting("hub", "office/herat", "hub calls down");
    const to = `127.0.0.1:${scene.node("herat").port("link")}`;
    const said = await qrelayJson(["hub", "flush", "herat", "--to", to, "--dir", scene.star.hub]);
    expect(said).toMatchObject({ ended: "drained", sent: { messages: 1 }, received: { messages: 1 } });
    await scene.arrived("herat", "zahra", "hub calls down");
    await scene.arrived("hub", "bob", "hub calls up");
  });

  it("of an office's own machine to root stays there", async () => {
    // farah is off: sendmail writes to its queue, and the first start delivers.
    const dir = scene.star.spoke("farah");
    const cron = "Subject: cron on farah\n\nthe disk is nearly full\n";
    const said = await qrelay(["sendmail", "--dir", dir, "-i", "root"], { stdin: cron });
    expect(said).toMatchObject({ code: 0, err: "" });
    await scene.start("farah");
    await scene.arrived("farah", "postmaster", "cron on farah");
    expect(await scene.queued("farah", "outbound")).toEqual([]);
    // Nothing to send: no connection for sending is opened at all.
    expect(await scene.flush("farah")).toMatchObject({ sent: { messages: 0, bytes: 0 } });
  });

  it("of a paused office waits, and its calls are refused until it is resumed", async () => {
    const office = (verb: string) => qrelayJson(["hub", "office", verb, "farah", "--dir", scene.star.hub]);
    await office("pause");
    await scene.send("hub", "friend@outside.example", "farid@example.org", letter("while paused"));
    await scene.waiting("hub", "office/farah", "while paused");
    expect(await scene.flush("farah")).toMatchObject({ ended: "refused" });
    await office("resume");
    expect(await scene.flush("farah")).toMatchObject({ ended: "drained" });
    await scene.arrived("farah", "farid", "while paused");
  });
}
