import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { eventually } from "../../support/star.ts";
import { qmtpPackage, sendQmtp } from "../qmtp-wire.ts";
import { letter, type Scene } from "../scene.ts";
import { openWire } from "../wire.ts";

/** Rows Q7–Q14 that need a whole node, and S36. */
export function qmtp(scene: Scene): void {
  const send = (text: string, ...to: string[]) =>
    sendQmtp(scene.hub.port("qmtp"), qmtpPackage(text, "friend@outside.example", to));

  it("takes our own recipients from anyone, and answers each", async () => {
    const to = ["bob@example.org", "nobody@example.org", "client@outside.example", "zeno@example.org"];
    const answers = await send(letter("plain qmtp"), ...to);
    expect(answers.map(({ letter: one }) => one)).toEqual(["K", "D", "D", "K"]);
    expect(answers[1]?.text).toContain("#5.1.1");
    expect(answers[2]?.text).toContain("#5.7.1");
    await scene.arrived("hub", "bob", "plain qmtp");
    await scene.waiting("hub", "office/herat", "plain qmtp");
  });

  it("refuses a message that has been here four times", async () => {
    const own = "Received: from x by kabul.example.org with QMTP; 1 Jan 2026 00:00:00 +0000\n".repeat(4);
    const [answer] = await send(own + letter("qmtp loop"), "bob@example.org");
    expect(answer).toMatchObject({ letter: "D", text: expect.stringContaining("#5.4.6") });
  });

  it("keeps bare CR and a missing last line end as they came", async () => {
    await send("Subject: odd ends\n\none\rtwo\r\nthree", "bob@example.org");
    const [message] = await scene.arrived("hub", "bob", "odd ends");
    expect(message?.body).toBe("one\rtwo\r\nthree");
  });

  it("keeps whole packages and nothing of one that is cut off", async () => {
    const whole = qmtpPackage(letter("whole package"), "friend@outside.example", ["bob@example.org"]);
    const cut = qmtpPackage(letter("cut package"), "friend@outside.example", ["bob@example.org"]);
    for (const at of [1, 10, cut.length - 30, cut.length - 1]) {
      const answers = await sendQmtp(scene.hub.port("qmtp"), Buffer.concat([whole, cut.subarray(0, at)]));
      expect(answers.map(({ letter: one }) => one)).toEqual(["K"]);
    }
    expect(await scene.arrived("hub", "bob", "whole package", 4)).toHaveLength(4);
    expect(await scene.count("hub", { person: "bob" }, "cut package")).toBe(0);
  });

  it("like SMTP stores nothing of a client that drops in mid-message", async () => {
    const wire = await openWire(scene.hub.port("smtp"));
    await wire.reply();
    for (const line of ["EHLO c", "MAIL FROM:<a@outside.example>", "RCPT TO:<bob@example.org>", "DATA"])
      await wire.ask(`${line}\r\n`);
    wire.socket.write(`Subject: dropped\r\n\r\n${"half of it\r\n".repeat(20_000)}`);
    await sleep(50);
    wire.close();
    const left = async (): Promise<string[]> => [
      ...(await readdir(join(scene.star.hub, "partial"))).filter((name) => name.startsWith("spool-")),
      ...(await readdir(join(scene.star.hub, "mailboxes/bob/Maildir/tmp"))),
    ];
    await eventually(async () => (await left()).length === 0);
    expect(await scene.count("hub", { person: "bob" }, "Subject: dropped")).toBe(0);
  });
}
