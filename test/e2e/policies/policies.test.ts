/** Two kinds of mail in one hub, each as if it had an installation of its own. */
import { describe, expect, it } from "vitest";
import { Store } from "#shared/queue/store.js";
import { eventually, qrelay, qrelayJson, type Sink, startSink } from "../../support/star.ts";
import { letter, useStar } from "../scene.ts";
import { smtpSession } from "../wire.ts";

let press: Sink;
let news: Sink;
const PRESS = "desk@press.example.org";
const NEWS = "editor@news.example.org";

const PASSWORD = "correct horse";

const scene = useStar({
  people: { holly: "kabul", lost: "kabul" },
  passwords: { holly: PASSWORD },
  sink: true,
  hubToml: `[[smtp.rule]]\nfrom = "127.0.0.1"\nrelay = true`,
  prepare: async ({ hub }) => {
    [press, news] = await Promise.all([startSink(), startSink()]);
    const set = (...words: string[]) => qrelayJson(["hub", "policy", "set", ...words, "--dir", hub]);
    await set("holly", "--account", "holly@example.org", "--max-message", "1k");
    await set(
      ...["press", "--sender-domain", "press.example.org", "--max-message", "2k"],
      ...["--relay", `smtp://127.0.0.1:${press.port}`, "--source-address", "127.0.0.5"],
    );
    await set(
      ...["news", "--sender-domain", ".example.org", "--max-message", "6k", "--lifetime", "1h"],
      ...["--delay-notice", "off"],
      ...["--bounce-from", "news-bounces@example.org", "--double-bounce-to", "lost@example.org"],
      ...["--relay", `smtp://127.0.0.1:${news.port}`],
    );
  },
});

const sunk = (sink: Sink | undefined, mark: string) => sink?.messages.filter(({ text }) => text.includes(mark)) ?? [];

function large(mark: string, bytes: number): string {
  return letter(mark) + `${"x".repeat(70)}\n`.repeat(Math.ceil(bytes / 71));
}

/** As if the hub had held what waits in the Internet queue for so long; the hub must be down. */
async function age(mark: string, hours: number): Promise<void> {
  const queue = new Store(scene.star.hub, "kabul.example.org").queue("internet");
  for (const entry of await queue.list()) {
    const open = await queue.open(entry);
    if (open === undefined) continue;
    const pieces: Uint8Array[] = [];
    for await (const piece of open.message()) pieces.push(piece);
    await open.close();
    if (!Buffer.concat(pieces).toString().includes(mark)) continue;
    await queue.add({ ...open.head, born: open.head.born - hours * 3600 }, pieces);
    await queue.remove(entry);
  }
}

describe("mail of two sender domains", () => {
  it("has two size limits, told at MAIL where the size is, and after the message where it is not", async () => {
    const mail = (from: string, size: number) => [`MAIL FROM:<${from}> SIZE=${size}`, "RSET"];
    const replies = await smtpSession(scene.hub.port("smtp"), [
      "EHLO client.example",
      ...mail(PRESS, 3000),
      ...mail(NEWS, 3000),
      ...mail(NEWS, 7000),
      ...mail("ann@far.example", 7000),
    ]);
    const [press3, , news3, , news7, , ann7] = replies.slice(1);
    expect(press3).toMatch(/^552 5\.3\.4 .*2000 bytes/);
    expect(news3).toMatch(/^250 /);
    expect(news7).toMatch(/^552 5\.3\.4 .*6000 bytes/);
    expect(ann7).toMatch(/^250 /);
    expect(await scene.send("hub", PRESS, "x@far.example", large("long press", 3000))).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^552 5\.3\.4 /),
    });
    // Far beyond its own limit, and still answered.
    expect(await scene.send("hub", PRESS, "x@far.example", large("longer press", 500_000))).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^552 5\.3\.4 /),
    });
    expect(await scene.send("hub", NEWS, "x@far.example", large("long news", 3000))).toMatchObject({ ok: true });
    await eventually(() => sunk(news, "long news").length === 1);
  });

  it("has the policy of who has logged in before that of its sender", async () => {
    const plain = Buffer.from(`\0holly@example.org\0${PASSWORD}`).toString("base64");
    const commands = ["EHLO client.example", `AUTH PLAIN ${plain}`, `MAIL FROM:<${NEWS}> SIZE=1500`];
    const replies = await smtpSession(scene.hub.port("submission"), commands);
    expect(replies.at(-2)).toMatch(/^235 /);
    expect(replies.at(-1)).toMatch(/^552 5\.3\.4 .*1000 bytes/);
  });

  it("goes out by two relays, and all other mail by the smart host", async () => {
    for (const from of [PRESS, NEWS, "holly@other.example"])
      await scene.send("hub", from, "x@far.example", letter(`relayed for ${from}`));
    const arrived = () =>
      [press, news, scene.star.sink].map((sink) => sunk(sink, "relayed for").map(({ from }) => from));
    await eventually(() => arrived().flat().length === 3);
    expect(arrived()).toEqual([[PRESS], [NEWS], ["holly@other.example"]]);
  });

  it("bounces after its own lifetime, from its own address, while older mail of others waits", async () => {
    await scene.send("hub", "holly@news.example.org", "later@far.example", letter("short life"));
    await scene.send("hub", "holly@other.example", "later@far.example", letter("long life"));
    const [short] = await scene.waiting("hub", "internet", "short life");
    expect(short?.head).toContain(" policy=news");
    await scene.waiting("hub", "internet", "long life");
    await scene.stop("hub");
    await age("short life", 2);
    await age("long life", 3);
    await scene.start("hub");
    const bounce = await eventually(() =>
      sunk(news, "short life").find(({ to }) => to.includes("holly@news.example.org")),
    );
    expect(bounce).toMatchObject({ from: "" });
    expect(bounce?.text).toMatch(/^From: .*<news-bounces@example\.org>$/m);
    expect(bounce?.text).toMatch(/^Status: 5\.4\.7$/m);
    await scene.waiting("hub", "internet", "long life");
    expect(await scene.count("hub", { queue: "internet" }, "short life")).toBe(0);
  });

  it("has its double bounces at its own address", async () => {
    await scene.send("hub", "refused-writer@news.example.org", "refuse@far.example", letter("nobody there"));
    const [report] = await scene.arrived("hub", "lost", "nobody there");
    expect(report?.body).toContain("refused-writer@news.example.org");
    expect(await scene.count("hub", { person: "postmaster" }, "nobody there")).toBe(0);
  });

  it("is told by explain, queue and check", async () => {
    const hub = ["--dir", scene.star.hub];
    expect(await qrelayJson(["hub", "explain", "x@far.example", "--from", PRESS, ...hub])).toMatchObject({
      policy: { name: "press", says: "chosen by the sender domain press.example.org" },
    });
    const { entries } = await qrelayJson<{ entries: { policy?: string }[] }>(["hub", "queue", "internet", ...hub]);
    expect(entries.map(({ policy }) => policy)).toEqual([undefined]);
    await qrelayJson(["hub", "policy", "set", "lost", "--source-address", "192.0.2.77", ...hub]);
    const check = await qrelay(["hub", "check", ...hub]);
    expect(check.out).toMatch(/policy lost: it can never be chosen/);
    expect(check.out).toMatch(/policy lost: nothing can be sent from the source address 192\.0\.2\.77/);
    expect(check.out).not.toMatch(/policy (press|news)/);
  });
});
