/** Rows M1, S21, Q6 and P5: whatever an address looks like, it is an address or refused; never a path, a line, a command. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually, qrelay } from "../../support/star.ts";
import { logged } from "../log-lines.ts";
import { qmtpPackage, sendQmtp } from "../qmtp-wire.ts";
import { letter, useStar } from "../scene.ts";
import { openWire } from "../wire.ts";

const FRIEND = "127.0.0.9";
const scene = useStar({
  offices: ["mazar"],
  people: { bob: "kabul", holly: "mazar" },
  sink: true,
  hubToml: ["smtp", "qmtp"].map((room) => `[[${room}.rule]]\nfrom = "${FRIEND}"\nrelay = true\n`).join("\n"),
});

const TRAP = "/tmp/qrelay-e2e-trap";
const PATHS = [
  ...["../../etc/x", "/etc/passwd", "a/b", ".", "..", "...", ".hidden", "", "x".repeat(300), "%2e%2e%2fetc", "a\\b"],
  ...[
    "|/bin/sh",
    `|touch ${TRAP}`,
    `$(touch ${TRAP})`,
    `\`touch ${TRAP}\``,
    "-froot",
    "--help",
    ":include:/etc/passwd",
  ],
  ...["\\root", "'; DROP TABLE people; --", "bob\tx", "bob%00", "new/../../bob", "CON", "bob:2,S"],
];
const BREAKS = ["bob\rx", "bob\nx", "bob\r\nRCPT TO:<holly@example.org>", "bob\0x", "bob\x1b[2J", "bob\x7f"];

/** Names of everything in the node's mailboxes and queues, tmp files left out. */
async function mailboxes(node: string): Promise<string[]> {
  return (await readdir(join(scene.folder(node), "mailboxes"))).sort();
}

function quoted(local: string): string {
  return `"${local.replace(/["\\]/g, "\\$&")}"`;
}

// The office learns the names of its people in its first window.
beforeAll(() => scene.flush("mazar"));

describe("a recipient of strange looks", () => {
  it("is refused over SMTP at the hub and at the office, and makes no folder", async () => {
    const before = [await mailboxes("hub"), await mailboxes("mazar")];
    for (const [name, host] of [
      ["hub", "example.org"],
      ["mazar", "mazar.example.org"],
    ] as const) {
      for (const local of PATHS) {
        const wire = await openWire(scene.node(name).port("smtp"));
        await wire.reply();
        await wire.ask("EHLO c\r\n");
        await wire.ask("MAIL FROM:<a@outside.example>\r\n");
        expect(await wire.ask(`RCPT TO:<${quoted(local)}@${host}>\r\n`), local).toMatch(/^5\d\d /);
        wire.close();
      }
    }
    expect([await mailboxes("hub"), await mailboxes("mazar")]).toEqual(before);
    expect(existsSync(TRAP)).toBe(false);
  });

  it("is refused over QMTP, each for itself", async () => {
    const locals = [...PATHS, ...BREAKS];
    const all = [...locals.map((local) => `${local}@example.org`), "bob@example.org", "y".repeat(1000)];
    const bytes = qmtpPackage(letter("one of many"), "a@outside.example", all);
    const answers = await sendQmtp(scene.hub.port("qmtp"), bytes);
    expect(answers.map(({ letter: one }) => one)).toEqual([...locals.map(() => "D"), "K", "D"]);
    expect(await scene.arrived("hub", "bob", "one of many")).toHaveLength(1);
    const badSender = qmtpPackage(letter("x"), "a\r\nb@outside.example", ["bob@example.org"]);
    expect((await sendQmtp(scene.hub.port("qmtp"), badSender)).map(({ letter: one }) => one)).toEqual(["D"]);
  });

  it("with a line end in it cannot smuggle a command into SMTP", async () => {
    for (const local of BREAKS) {
      const wire = await openWire(scene.hub.port("smtp"), FRIEND);
      await wire.reply();
      await wire.ask("EHLO c\r\n");
      await wire.ask("MAIL FROM:<a@outside.example>\r\n");
      expect(await wire.ask(`RCPT TO:<"${local}"@outside.example>\r\n`), JSON.stringify(local)).toMatch(/^5\d\d /);
      wire.close();
    }
  });

  it("outside is carried to the Internet as it is, on one line", async () => {
    const outside = [`"a,b"@outside.example`, `"|touch;${TRAP}"@outside.example`, `"../x"@outside.example`];
    const wire = await openWire(scene.hub.port("smtp"), FRIEND);
    await wire.reply();
    await wire.ask("EHLO c\r\n");
    await wire.ask('MAIL FROM:<"odd\\"quoted\\"..name"@outside.example>\r\n');
    for (const path of outside) expect(await wire.ask(`RCPT TO:<${path}>\r\n`)).toMatch(/^250 /);
    await wire.ask("DATA\r\n");
    expect(await wire.ask(`${letter("odd ones").replaceAll("\n", "\r\n")}.\r\n`)).toMatch(/^250 /);
    wire.close();
    const sunk = await eventually(() => scene.star.sink?.messages.find(({ text }) => text.includes("odd ones")));
    expect([...sunk.to].sort()).toEqual([...outside].sort());
    expect(sunk.from).toBe('"odd\\"quoted\\"..name"@outside.example');
    expect(existsSync(TRAP)).toBe(false);
  });
});

describe("a strange sender", () => {
  it("stays one line of the stored message, and one of the log", async () => {
    const sender = `"|touch;${TRAP};../../x"@outside.example`;
    expect(await scene.send("hub", sender, "holly@example.org", letter("strange sender"))).toMatchObject({ ok: true });
    await eventually(async () => {
      await scene.flush("mazar");
      return scene.count("mazar", { person: "holly" }, "strange sender");
    });
    const [message] = await scene.arrived("mazar", "holly", "strange sender");
    const stored = await readFile(message?.path ?? "", "utf8");
    expect(stored.split("\n")[0]).toBe(`Return-Path: <${sender}>`);
    const [line] = logged(scene.hub.log, "accepted").filter((fields) => String(fields.sender).includes("|touch"));
    expect(line).toBeDefined();
  });

  it("in EHLO with control characters is refused or logged escaped", async () => {
    const wire = await openWire(scene.hub.port("smtp"));
    await wire.reply();
    expect(await wire.ask("EHLO \x1b[2Jevil\x07\r\n")).toMatch(/^(5|250)/);
    await wire.ask("MAIL FROM:<a@outside.example>\r\n");
    await wire.ask("RCPT TO:<nobody@example.org>\r\n");
    wire.close();
  });
});

describe("sendmail", () => {
  const inject = (words: string[], stdin = "Subject: x\n\nx\n") =>
    qrelay(["sendmail", "--dir", scene.folder("mazar"), ...words], { stdin });

  it("refuses addresses with line ends and control characters, and takes no option for a file or a program", async () => {
    for (const local of BREAKS.filter((text) => !text.includes("\0"))) {
      expect(await inject(["--", `${local}@example.org`])).toMatchObject({ code: 65 });
      expect(await inject(["-f", `${local}@example.org`, "holly@example.org"])).toMatchObject({ code: 65 });
    }
    expect((await inject(["-C", "/etc/passwd", "-oQ/tmp", "-X", TRAP, "holly@mazar.example.org"])).err).not.toMatch(
      /root:/,
    );
    expect(existsSync(TRAP)).toBe(false);
  });

  it("keeps a name with line ends in one header line, and Bcc out of the message", async () => {
    const name = "Evil\nBcc: client@outside.example\nX-Injected: yes";
    const said = await inject(
      ["-t", "-F", name],
      "To: holly@mazar.example.org\nBcc: bob@example.org\nSubject: inject\n\nx\n",
    );
    expect([0, 64, 65]).toContain(said.code);
    await scene.restart("mazar");
    await scene.flush("mazar");
    if (said.code !== 0) return;
    const [message] = await scene.arrived("mazar", "holly", "Subject: inject");
    expect(message?.head).not.toMatch(/^(Bcc|X-Injected):/m);
    expect(scene.star.sink?.messages.some(({ text }) => text.includes("Subject: inject"))).toBe(false);
  });
});

describe("a name given to a command", () => {
  it.each([
    ["hub", "person", "add", "../x", "--office", "kabul"],
    ["hub", "person", "add", "a\nb", "--office", "kabul"],
    ["hub", "office", "add", "../../x"],
    ["hub", "alias", "set", "x", `|touch ${TRAP}`],
    ["hub", "alias", "set", "x", ":include:/etc/passwd"],
    ["hub", "route", "set", "*", "smtp://host:25\r\nRSET"],
    ["hub", "queue", "../../../etc"],
  ])("%s %s %s %j is refused", async (...words) => {
    const { code, err } = await qrelay([...words, "--dir", scene.star.hub]);
    expect([64, 65]).toContain(code);
    expect(err).not.toMatch(/\n\s+at /);
  });
});
