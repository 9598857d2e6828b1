import { join } from "node:path";
import { expect } from "vitest";
import { flush, mailbox, qrelay, qrelayJson, startNode } from "../support/star.ts";
import { corpus } from "./corpus.ts";
import { delivered, expectCorpus, filesIn, runningHub, scene, sendByMaildirqmtp, stockHost } from "./scene.ts";
import { queued } from "./stand-ins.ts";

/** Scenes that the bounded share plays with a few messages and the whole suite with 200. */
interface Size {
  readonly messages: number;
  readonly megabytes: number;
}

/** maildirqmtp into the hub, for a mailbox there and, over the link, for one at an office. */
export async function intoHubAndSpoke({ messages: count, megabytes }: Size): Promise<void> {
  const dir = await scene();
  const { star, hub, at } = await runningHub(dir, { offices: ["herat"], people: { hans: "kabul", holly: "herat" } });
  const messages = corpus(count, megabytes);
  await sendByMaildirqmtp(dir, messages, ["hans@example.org"], at);
  expectCorpus(await delivered(star.hub, "hans"), messages, 1);
  await sendByMaildirqmtp(dir, messages, ["holly@example.org"], at);
  expect(await flush(star.spoke("herat"), hub.port("link"))).toMatchObject({ ended: "drained" });
  expectCorpus(await delivered(star.spoke("herat"), "holly"), messages, 2);
}

/** maildirqmtp into a spoke, and `flush --qmtp` from there into qmail-qmtpd. */
export async function throughSpokeToStock({ messages: count, megabytes }: Size): Promise<void> {
  const dir = await scene();
  const { star } = await runningHub(dir, { offices: ["herat"], people: {} });
  const herat = star.spoke("herat");
  const spoke = await startNode("spoke", herat);
  const messages = corpus(count, megabytes);
  const from = { host: "127.0.0.1", port: spoke.port("qmtp") };
  await sendByMaildirqmtp(dir, messages, ["hans@example.org"], from);
  const stock = await stockHost(dir, "stock");
  const to = `127.0.0.1:${stock.port}`;
  const report = await qrelayJson(["spoke", "flush", "--connect", to, "--qmtp", "--dir", herat]);
  expect(report).toMatchObject({ ended: "drained", left: { messages: 0 }, failed: [] });
  expectCorpus(await queued(stock.home), messages, 3);
  expect(await mailbox(herat, "postmaster")).toEqual([]);
}

/** maildirqmtp into the hub for a stock office, and `hub flush --qmtp` to that. */
export async function throughHubToStockOffice({ messages: count, megabytes }: Size): Promise<void> {
  const dir = await scene();
  const { star, at } = await runningHub(dir, { offices: ["farah"], people: {} });
  const stock = await stockHost(dir, "farah-stock");
  const dial = `qmtp://127.0.0.1:${stock.port}`;
  await qrelayJson(["hub", "office", "set", "farah", "--dial", dial, "--dir", star.hub]);
  const messages = corpus(count, megabytes);
  await sendByMaildirqmtp(dir, messages, ["Fred-Ext@farah.example.org"], at);
  const said = await qrelay(["hub", "flush", "farah", "--to", `127.0.0.1:${stock.port}`, "--qmtp", "--dir", star.hub]);
  expect(said, said.err).toMatchObject({ code: 0 });
  const taken = await queued(stock.home);
  expectCorpus(taken, messages, 3);
  expect(new Set(taken.flatMap(({ recipients }) => recipients))).toEqual(new Set(["Fred-Ext@farah.example.org"]));
  expect(await filesIn(join(star.hub, "queue/office/farah"))).toEqual([]);
}
