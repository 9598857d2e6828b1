import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flush, mailbox, qrelay, qrelayJson, startNode } from "../support/star.ts";
import { corpus } from "./corpus.ts";
import {
  asQueue,
  configure,
  delivered,
  expectCorpus,
  filesIn,
  filledMaildir,
  runningHub,
  scene,
  stockHost,
} from "./scene.ts";
import { queued } from "./stand-ins.ts";

describe("a Maildir that qmail-local filled", () => {
  it("is a spoke's outbound queue as it stands: over the link, and by plain QMTP", async () => {
    const dir = await scene();
    const { star, hub } = await runningHub(dir, { offices: ["herat"], people: { hans: "kabul" } });
    const herat = star.spoke("herat");
    await configure(join(herat, "spoke.toml"), 'queue.prefix = "qrelay-hub-"');
    const outbound = join(herat, "queue/outbound");
    const messages = corpus(40, 0);
    const { maildir } = await filledMaildir(dir, messages, ["hans@example.org"], "qrelay-hub-");

    await asQueue(maildir, outbound);
    expect(await flush(herat, hub.port("link"))).toMatchObject({ ended: "drained", sent: { messages: 40 } });
    expectCorpus(await delivered(star.hub, "hans"), messages, 1);

    await asQueue(maildir, outbound);
    const stock = await stockHost(dir, "stock");
    const words = ["spoke", "flush", "--connect", `127.0.0.1:${stock.port}`, "--qmtp", "--dir", herat];
    expect(await qrelayJson(words)).toMatchObject({ ended: "drained", sent: { messages: 40 } });
    expectCorpus(await queued(stock.home), messages, 2);
  });

  it("is an office's queue at the hub as it stands, with a prefix that was set while the hub runs", async () => {
    const dir = await scene();
    const { star } = await runningHub(dir, { offices: ["herat"], people: {} });
    await qrelayJson(["hub", "office", "set", "herat", "--prefix", "qrelay-herat-", "--dir", star.hub]);
    const messages = corpus(20, 0);
    const { maildir } = await filledMaildir(dir, messages, ["Holly@herat.example.org"], "qrelay-herat-");
    await asQueue(maildir, join(star.hub, "queue/office/herat"));
    const stock = await stockHost(dir, "herat-stock");
    const to = `127.0.0.1:${stock.port}`;
    const report = await qrelayJson(["hub", "flush", "herat", "--to", to, "--qmtp", "--dir", star.hub]);
    expect(report).toMatchObject({ ended: "drained", sent: { messages: 20 }, left: { messages: 0 } });
    const taken = await queued(stock.home);
    expectCorpus(taken, messages, 2);
    expect(new Set(taken.flatMap(({ recipients }) => recipients))).toEqual(new Set(["Holly@herat.example.org"]));
  });

  it("gives quoted senders back unquoted, and a bounce reaches them", async () => {
    const dir = await scene();
    const { star } = await runningHub(dir, { offices: ["herat"], people: {} });
    const herat = star.spoke("herat");
    const stock = await stockHost(dir, "stock", { control: { rcpthosts: "known.example\n" } });
    const messages = [{ sender: "an n@known.example", text: Buffer.from("Subject: x\n\ny\n") }];
    const { maildir } = await filledMaildir(dir, messages, ["a@known.example", "b@unknown.example"]);
    expect((await filesIn(maildir)).map(String)[0]).toMatch(/^Return-Path: <"an n"@known\.example>\n/);
    await asQueue(maildir, join(herat, "queue/outbound"));
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
    await configure(join(herat, "spoke.toml"), 'queue.prefix = "hub-"');
    const outbound = join(herat, "queue/outbound");
    const good = await filledMaildir(dir, corpus(3, 0), ["a@known.example"], "hub-");
    const other = await filledMaildir(dir, corpus(1, 0), ["b@known.example"], "elsewhere-");
    await asQueue(good.maildir, outbound);
    await asQueue(other.maildir, outbound);
    await writeFile(
      join(outbound, "new/1700000000.1.crlf"),
      "Return-Path: <a@b>\r\nDelivered-To: hub-c@d\r\n\r\nx\r\n",
    );
    await writeFile(
      join(outbound, "cur/1700000001.1.seen:2,S"),
      "Return-Path: <>\nDelivered-To: hub-c@known.example\nx\n",
    );
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
    await asQueue(maildir, join(herat, "queue/outbound"));
    expect(await flush(herat, hub.port("link"))).toMatchObject({ ended: "drained", sent: { messages: 5 } });
    expectCorpus(await delivered(star.hub, "hans"), messages, 1);
  });
});
