import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flush, mailbox, qrelay, qrelayJson, startNode } from "../support/star.ts";
import { corpus } from "./corpus.ts";
import { delivered, expectCorpus, filesIn, filledMaildir, runningHub, scene, stockHost } from "./scene.ts";
import { queued } from "./stand-ins.ts";

const BOX = (dir: string, name: string): string => join(dir, "mailboxes", name, "Maildir");

/** Moves what qmail-local wrote into a queue of ours, names and bytes as they are. */
async function into(maildir: string, queue: string): Promise<void> {
  await cp(join(maildir, "new"), join(queue, "new"), { recursive: true, preserveTimestamps: true });
}

describe("a Maildir that qmail-local filled", () => {
  it("is a spoke's outbound queue as it stands: over the link, and by plain QMTP", async () => {
    const dir = await scene();
    const set = ["link.name=hub"];
    const { star, hub } = await runningHub(dir, { offices: ["herat"], people: { hans: "kabul" } });
    const herat = star.spoke("herat");
    await prefixIn(herat, "qrelay-hub-");
    expect(set).toHaveLength(1);
    const outbound = join(herat, "queue/outbound");
    const messages = corpus(40, 0);
    const { maildir } = await filledMaildir(dir, messages, ["hans@example.org"], "qrelay-hub-");

    await into(maildir, outbound);
    expect(await flush(herat, hub.port("link"))).toMatchObject({ ended: "drained", sent: { messages: 40 } });
    expectCorpus(await delivered(BOX(star.hub, "hans")), messages, 1);

    await into(maildir, outbound);
    const stock = await stockHost(dir, "stock");
    const words = ["spoke", "flush", "--connect", `127.0.0.1:${stock.port}`, "--qmtp", "--dir", herat];
    expect(await qrelayJson(words)).toMatchObject({ ended: "drained", sent: { messages: 40 } });
    expectCorpus(await queued(stock.home), messages, 2);
  });

  it("is an office's queue at the hub as it stands, with the prefix that the office was given", async () => {
    const dir = await scene();
    const { star, hub } = await runningHub(dir, { offices: ["herat"], people: { holly: "herat" } });
    await qrelayJson(["hub", "office", "set", "herat", "--prefix", "qrelay-herat-", "--dir", star.hub]);
    const messages = corpus(20, 0);
    const { maildir } = await filledMaildir(dir, messages, ["holly@herat.example.org"], "qrelay-herat-");
    await into(maildir, join(star.hub, "queue/office/herat"));
    expect(await flush(star.spoke("herat"), hub.port("link"))).toMatchObject({ ended: "drained" });
    expectCorpus(await delivered(BOX(star.spoke("herat"), "holly")), messages, 1);
  });

  it("gives quoted senders back unquoted, and a bounce reaches them", async () => {
    const dir = await scene();
    const { star } = await runningHub(dir, { offices: ["herat"], people: {} });
    const herat = star.spoke("herat");
    const stock = await stockHost(dir, "stock", { control: { rcpthosts: "known.example\n" } });
    const messages = [{ sender: "an n@known.example", text: Buffer.from("Subject: x\n\ny\n") }];
    const { maildir } = await filledMaildir(dir, messages, ["a@known.example", "b@unknown.example"]);
    expect((await filesIn(maildir)).map(String)[0]).toMatch(/^Return-Path: <"an n"@known\.example>\n/);
    await into(maildir, join(herat, "queue/outbound"));
    const words = ["spoke", "flush", "--connect", `127.0.0.1:${stock.port}`, "--qmtp", "--dir", herat, "--json"];
    await qrelay(words);
    await qrelay(words);
    const taken = await queued(stock.home);
    expect(taken.map(({ sender, recipients }) => ({ sender, recipients }))).toEqual([
      { sender: "an n@known.example", recipients: ["a@known.example"] },
      { sender: "", recipients: ["an n@known.example"] },
    ]);
  });

  it("leaves what has another prefix or is damaged, sends the rest, and says so", async () => {
    const dir = await scene();
    const { star } = await runningHub(dir, { offices: ["herat"], people: {} });
    const herat = star.spoke("herat");
    await prefixIn(herat, "hub-");
    const outbound = join(herat, "queue/outbound");
    const good = await filledMaildir(dir, corpus(3, 0), ["a@known.example"], "hub-");
    const other = await filledMaildir(dir, corpus(1, 0), ["b@known.example"], "elsewhere-");
    await into(good.maildir, outbound);
    await into(other.maildir, outbound);
    await writeFile(join(outbound, "new/1700000000.1.crlf"), "Return-Path: <a@b>\r\nDelivered-To: hub-c@d\r\n\r\nx\r\n");
    await writeFile(join(outbound, "cur/1700000001.1.seen:2,S"), "Return-Path: <>\nDelivered-To: hub-c@known.example\nx\n");
    await writeFile(join(outbound, "new/.hidden"), "Return-Path: <a@b>\nDelivered-To: hub-hidden@d\n\nx\n");
    const stock = await stockHost(dir, "stock");
    const words = ["spoke", "flush", "--connect", `127.0.0.1:${stock.port}`, "--qmtp", "--dir", herat, "--json"];
    const said = await qrelay(words);
    expect(said.code, said.err).toBe(75);
    expect(JSON.parse(said.out)).toMatchObject({ sent: { messages: 4 }, left: { messages: 2 } });
    const taken = await queued(stock.home);
    expect(taken.flatMap(({ recipients }) => recipients).sort()).toEqual([
      "a@known.example",
      "a@known.example",
      "a@known.example",
      "c@known.example",
    ]);
    expect((await readdir(join(outbound, "new"))).filter((name) => !name.startsWith("."))).toHaveLength(2);
    expect(said.err).toContain("elsewhere-b@known.example");
    expect(await mailbox(herat, "postmaster")).toEqual([]);
  });

  it("is taken by a daemon that runs, too", async () => {
    const dir = await scene();
    const { star, hub } = await runningHub(dir, { offices: ["herat"], people: { hans: "kabul" } });
    const herat = star.spoke("herat");
    await startNode("spoke", herat);
    const messages = corpus(5, 0);
    const { maildir } = await filledMaildir(dir, messages, ["hans@example.org"]);
    await into(maildir, join(herat, "queue/outbound"));
    expect(await flush(herat, hub.port("link"))).toMatchObject({ ended: "drained", sent: { messages: 5 } });
    expectCorpus(await delivered(BOX(star.hub, "hans")), messages, 1);
  });
});

async function prefixIn(spoke: string, prefix: string): Promise<void> {
  const { readFile } = await import("node:fs/promises");
  const path = join(spoke, "spoke.toml");
  const toml = await readFile(path, "utf8");
  await writeFile(path, `queue.prefix = ${JSON.stringify(prefix)}\n${toml}`);
}
