/** P6 on whole nodes: what is too much is refused by name, and costs no memory. */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually, submit } from "../../support/star.ts";
import { qmtpPackage, sendQmtp } from "../qmtp-wire.ts";
import { letter, useStar } from "../scene.ts";
import { openWire, smtpSession } from "../wire.ts";

const FRIEND = "127.0.0.9";
const scene = useStar({
  offices: ["mazar"],
  people: { bob: "kabul", holly: "mazar" },
  sink: true,
  hubToml: ["smtp", "qmtp"].map((room) => `[[${room}.rule]]\nfrom = "${FRIEND}"\nrelay = true\n`).join("\n"),
});

const MB = 1_000_000;
/** Buffers that wait for the collector come to some 80 MB whatever the message; all of it as text would be more. */
const GROWTH_KB = 120_000;

/** The most memory the process ever had since the last reset, in KB (proc(5)). */
function peak(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Runs `work`; by how many KB the process then had grown at the most. */
async function growth(pid: number, work: () => Promise<unknown>): Promise<number> {
  // 5 resets the mark to what is in use now.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const before = peak(pid);
  await work();
  return peak(pid) - before;
}

describe("a message", () => {
  const line = `${"x".repeat(98)}\n`;

  it("of nearly 25 MB goes from outside to an office's reader, and no node holds it in memory", async () => {
    const text = letter("a large one") + line.repeat(249_000);
    const hub = await growth(scene.hub.pid, async () => {
      const mazar = await growth(scene.node("mazar").pid, async () => {
        expect(await scene.send("hub", "friend@outside.example", "holly@example.org", text)).toMatchObject({
          ok: true,
        });
        await eventually(async () => (await scene.flush("mazar")).received.bytes > 24 * MB, 30_000);
      });
      expect(mazar).toBeLessThan(GROWTH_KB);
    });
    expect(hub).toBeLessThan(GROWTH_KB);
    const [message] = await scene.arrived("mazar", "holly", "Subject: a large one");
    expect(message?.body.endsWith(line.repeat(3))).toBe(true);
    expect(message?.body.length).toBe(text.length - text.indexOf("\n\n") - 2);
  }, 60_000);

  it("that the hub took at the limit is not too large for the office", async () => {
    // The trace lines that the nodes add count for nobody's limit.
    const head = letter("at the limit");
    const wireBytes = (lf: string): number => lf.length + (lf.match(/\n/g)?.length ?? 0);
    const room = 25 * MB - wireBytes(head);
    const text = `${head}${"y".repeat(room - 2)}\n`;
    const sent = await scene.send("hub", "friend@outside.example", "holly@example.org", text);
    expect(sent.text).toMatch(/^250 /);
    await scene.waiting("hub", "office/mazar", "at the limit");
    expect(await scene.flush("mazar")).toMatchObject({ ended: "drained" });
    await scene.arrived("mazar", "holly", "Subject: at the limit");
  }, 60_000);

  it("of more is refused: when declared at MAIL, when not after DATA, over QMTP for every recipient", async () => {
    const declared = ["EHLO c", "MAIL FROM:<a@outside.example> SIZE=26000000"];
    expect((await smtpSession(scene.hub.port("smtp"), declared)).at(-1)).toMatch(/^552 5\.3\.4 /);
    const text = letter("too large") + line.repeat(270_000);
    const grown = await growth(scene.hub.pid, async () => {
      const real = await scene.send("hub", "a@outside.example", "holly@example.org", text);
      expect(real.text).toMatch(/^552 5\.3\.4 /);
      const bytes = qmtpPackage(text, "a@outside.example", ["bob@example.org", "holly@example.org"]);
      const answers = await sendQmtp(scene.hub.port("qmtp"), bytes);
      expect(answers.map(({ letter: one }) => one)).toEqual(["D", "D"]);
      for (const answer of answers) expect(answer.text).toContain("#5.3.4");
    });
    expect(grown).toBeLessThan(GROWTH_KB);
    expect(await scene.count("hub", { queue: "office/mazar" }, "too large")).toBe(0);
  }, 60_000);

  it.each([
    ["100,000 header lines", () => "X-Line: and another one\n".repeat(100_000)],
    ["one header line of 10 MB", () => `X-Long: ${"x".repeat(10 * MB)}\n`],
    ["1 MB of folded continuation", () => `X-Folded: a\n${" more of it\n".repeat(90_000)}`],
  ])("with %s is refused with 552 5.3.4 and D, in little memory", async (_name, header) => {
    const text = header() + letter("too much header");
    const grown = await growth(scene.hub.pid, async () => {
      const reply = await scene.send("hub", "a@outside.example", "bob@example.org", text);
      expect(reply.text).toMatch(/^552 5\.3\.4 /);
      const bytes = qmtpPackage(text, "a@outside.example", ["bob@example.org"]);
      const [answer] = await sendQmtp(scene.hub.port("qmtp"), bytes);
      expect(answer).toMatchObject({ letter: "D", text: expect.stringContaining("#5.3.4") });
    });
    expect(grown).toBeLessThan(GROWTH_KB);
  });

  it("of 10,000 parts within parts and an address list of 1 MB is passed on byte for byte", async () => {
    const nested = Array.from(
      { length: 2000 },
      (_, n) => `--b${n}\nContent-Type: multipart/mixed; boundary=b${n + 1}\n\n`,
    );
    const list = Array.from({ length: 1000 }, (_, n) => ` "Person ${n}" <${"(".repeat(40)}p${n}@outside.example>`);
    const text = `${letter("deep")}${nested.join("")}\nTo:${list.join(",\n")}\n`;
    expect(await scene.send("hub", "a@outside.example", "bob@example.org", text)).toMatchObject({ ok: true });
    const [message] = await scene.arrived("hub", "bob", "Subject: deep");
    expect(message?.body).toBe(text.slice(text.indexOf("\n\n") + 2));
  });
});

describe("recipients", () => {
  it("beyond 1,000 are put off over SMTP, and the message is taken for the others", async () => {
    const names = Array.from({ length: 1001 }, (_, index) => `r${index}@outside.example`);
    const port = scene.hub.port("smtp");
    const commands = ["EHLO c", "MAIL FROM:<a@outside.example>", ...names.map((name) => `RCPT TO:<${name}>`), "DATA"];
    const replies = await smtpSession(port, [...commands, `Subject: a thousand\r\n\r\nx\r\n.`], FRIEND);
    expect(replies.filter((reply) => /^250 2\.1\.5/.test(reply))).toHaveLength(1000);
    expect(replies.at(-3)).toMatch(/^452 4\.5\.3 /);
    expect(replies.at(-1)).toMatch(/^250 /);
    const sink = scene.star.sink;
    const all = () => sink?.messages.filter(({ text }) => text.includes("a thousand")).flatMap(({ to }) => to) ?? [];
    await eventually(() => all().length >= 1000, 20_000);
    expect(new Set(all()).size).toBe(1000);
  }, 60_000);

  it("of 100,000 over QMTP are answered each, Z beyond the first 1,000, in little memory", async () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `q${index}@outside.example`);
    const bytes = qmtpPackage(letter("a hundred thousand"), "a@outside.example", names);
    const grown = await growth(scene.hub.pid, async () => {
      const answers = await sendQmtp(scene.hub.port("qmtp"), bytes, FRIEND);
      expect(answers.slice(0, 1000).every(({ letter: one }) => one === "K")).toBe(true);
      expect(answers.slice(1000).every(({ letter: one }) => one === "Z")).toBe(true);
      expect(answers).toHaveLength(100_000);
    });
    expect(grown).toBeLessThan(2 * GROWTH_KB);
  }, 60_000);
});

describe("a QMTP peer that breaks the rules", () => {
  it.each([
    ["an empty message", "0:,"],
    ["no encoding byte that exists", "3:Xab,0:,"],
    ["letters for a length", "abc:"],
    ["a length of 20 digits", "99999999999999999999:"],
    ["a length of 9 GB", "9000000000:\nx"],
    ["a missing comma", "6:\nhello;0:,"],
    ["no recipients", "6:\nhello,3:a@b,0:,"],
    ["an inner length greater than the outer", "6:\nhello,3:a@b,5:99:x,,"],
  ])("with %s is cut off, and nothing is queued", async (_name, bytes) => {
    const wire = await openWire(scene.hub.port("qmtp"));
    wire.socket.write(bytes);
    await wire.closed;
    expect(wire.heard()).not.toMatch(/K/);
  });

  it("leaves the hub as it was", async () => {
    const text = letter("after the vandals");
    const [answer] = await sendQmtp(
      scene.hub.port("qmtp"),
      qmtpPackage(text, "a@outside.example", ["bob@example.org"]),
    );
    expect(answer?.letter).toBe("K");
    await scene.arrived("hub", "bob", "after the vandals");
  });
});

describe("500 idle connections", () => {
  it("from one address are capped, and a friend is served within a second", async () => {
    const port = scene.hub.port("smtp");
    const wires = await Promise.all(Array.from({ length: 500 }, () => openWire(port).catch(() => undefined)));
    await sleep(200);
    const heard = wires.map((wire) => wire?.heard() ?? "");
    expect(heard.filter((text) => text.startsWith("220")).length).toBeLessThanOrEqual(10);
    const began = performance.now();
    const commands = ["EHLO c", "MAIL FROM:<a@outside.example>", "RCPT TO:<bob@example.org>", "DATA"];
    const replies = await smtpSession(port, [...commands, `${letter("in between").replaceAll("\n", "\r\n")}.`], FRIEND);
    expect(replies.at(-1)).toMatch(/^250 /);
    expect(performance.now() - began).toBeLessThan(1500);
    for (const wire of wires) wire?.close();
    await eventually(async () => (await submit(port, "a@outside.example", ["bob@example.org"], letter("x"))).ok);
  });
});
