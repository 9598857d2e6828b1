import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, makeStar, qrelay, qrelayJson, startNode, queued as waiting } from "../support/star.ts";
import { corpus } from "./corpus.ts";
import { delivered, expectCorpus, runningHub, scene, sendByMaildirqmtp, stockHost } from "./scene.ts";
import { queued } from "./stand-ins.ts";

const PEOPLE = { hans: "kabul", holly: "herat" };
/** A schedule is looked at every 30 s, and fires with its minute. */
const A_MINUTE_AND_MORE = 110_000;

/** A star with a spoke that the hub is to call: it listens, and calls nobody. */
async function listeningSpoke(dir: string) {
  const star = await makeStar({ dir, offices: [], people: { hans: "kabul" } });
  const add = ["hub", "office", "add", "herat", "--address", "127.0.0.1:6209", "--dir", star.hub];
  const { token } = await qrelayJson<{ token: string }>(add);
  const listeners = ["link", "smtp", "qmtp", "submission", "pop3", "http"];
  const set = listeners.flatMap((key) => ["--set", `${key}.listen=127.0.0.1:0`]);
  await qrelayJson(["spoke", "join", token, ...set, "--dir", star.spoke("herat")]);
  await qrelay(["hub", "person", "add", "holly", "--office", "herat", "--dir", star.hub]);
  const spoke = await startNode("spoke", star.spoke("herat"));
  return { star, spoke, link: `127.0.0.1:${spoke.port("link")}` };
}

describe("the hub dials a qrelay spoke that listens", () => {
  it("by command: mail crosses in both directions, and the office learns its people", async () => {
    const dir = await scene();
    const { star, spoke, link } = await listeningSpoke(dir);
    const hub = await startNode("hub", star.hub);
    const messages = corpus(20, 0);
    await sendByMaildirqmtp(dir, messages, ["holly@example.org"], { host: "127.0.0.1", port: hub.port("qmtp") });
    await sendByMaildirqmtp(dir, messages, ["hans@example.org"], { host: "127.0.0.1", port: spoke.port("qmtp") });
    const words = ["hub", "flush", "herat", "--to", link, "--dir", star.hub];
    expect(await qrelayJson(words)).toMatchObject({
      ended: "drained",
      sent: { messages: 21 },
      received: { messages: 20 },
      left: { messages: 0 },
    });
    expectCorpus(await delivered(spoke.dir, "holly"), messages, 2);
    expectCorpus(await delivered(star.hub, "hans"), messages, 2);
  });

  it("with the daemon of the hub down, and says when the office does not answer", async () => {
    const dir = await scene();
    const { star, spoke, link } = await listeningSpoke(dir);
    const messages = corpus(3, 0);
    await sendByMaildirqmtp(dir, messages, ["hans@example.org"], { host: "127.0.0.1", port: spoke.port("qmtp") });
    await qrelayJson(["hub", "office", "set", "herat", "--dial", `tls://${link}`, "--dir", star.hub]);
    expect(await qrelay(["hub", "flush", "herat", "--dir", star.hub])).toMatchObject({ code: 0 });
    expectCorpus(await delivered(star.hub, "hans"), messages, 2);
    await spoke.stop();
    const said = await qrelay(["hub", "flush", "herat", "--dir", star.hub]);
    expect(said.code).toBe(69);
    expect(said.out).toContain(link);
  });

  it("by schedule, set while the hub runs", { timeout: 240_000 }, async () => {
    const dir = await scene();
    const { star, spoke, link } = await listeningSpoke(dir);
    const hub = await startNode("hub", star.hub);
    const messages = corpus(5, 0);
    await sendByMaildirqmtp(dir, messages, ["holly@example.org"], { host: "127.0.0.1", port: hub.port("qmtp") });
    const set = ["--dial", `tls://${link}`, "--windows", "* * * * *", "--zone", "Asia/Kabul"];
    await qrelayJson(["hub", "office", "set", "herat", ...set, "--dir", star.hub]);
    const arrived = async () => (await delivered(spoke.dir, "holly")).length === 5;
    await eventually(arrived, A_MINUTE_AND_MORE, "the hub's call");
    expectCorpus(await delivered(spoke.dir, "holly"), messages, 2);
  });

  it("a stock office by schedule, from the start on", async () => {
    const dir = await scene();
    const stock = await stockHost(dir, "farah-stock");
    const star = await makeStar({ dir, offices: ["farah"], people: {} });
    const set = ["--dial", `qmtp://127.0.0.1:${stock.port}`, "--windows", "* * * * *"];
    await qrelayJson(["hub", "office", "set", "farah", ...set, "--dir", star.hub]);
    const messages = corpus(5, 0);
    const hub = await startNode("hub", star.hub);
    await sendByMaildirqmtp(dir, messages, ["f@farah.example.org"], { host: "127.0.0.1", port: hub.port("qmtp") });
    await eventually(async () => (await queued(stock.home)).length === 5, A_MINUTE_AND_MORE, "the hub's call");
    expectCorpus(await queued(stock.home), messages, 3);
  });
});

describe("a spoke with a link to a stock qmail server", () => {
  it("sends to it without --qmtp, and fetches nothing", async () => {
    const dir = await scene();
    const stock = await stockHost(dir, "hub-stock");
    const star = await makeStar({ dir, offices: ["herat"], people: {} });
    const { token } = await qrelayJson<{ token: string }>(["hub", "office", "rekey", "herat", "--dir", star.hub]);
    const second = join(dir, "herat-again");
    const connect = `link.connect=qmtp://127.0.0.1:${stock.port}`;
    const listeners = ["smtp", "qmtp", "submission", "pop3", "http"].flatMap((key) => [
      "--set",
      `${key}.listen=127.0.0.1:0`,
    ]);
    await qrelayJson(["spoke", "join", token, ...listeners, "--set", connect, "--dir", second]);
    const spoke = await startNode("spoke", second);
    const messages = corpus(20, 0);
    const at = { host: "127.0.0.1", port: spoke.port("qmtp") };
    await sendByMaildirqmtp(dir, messages, ["hans@example.org"], at);
    const report = await qrelayJson(["spoke", "flush", "--dir", second]);
    expect(report).toMatchObject({ ended: "drained", sent: { messages: 20 }, received: { messages: 0 } });
    expectCorpus(await queued(stock.home), messages, 3);
  });
});

describe('a link with windows = "always"', () => {
  it("carries mail within seconds in both directions, NUL included", async () => {
    const dir = await scene();
    const { star, hub, at } = await runningHub(dir, { offices: ["herat"], people: PEOPLE });
    const toml = join(star.spoke("herat"), "spoke.toml");
    await useLink(toml, `connect = "tls://127.0.0.1:${hub.port("link")}"`, 'windows = "always"');
    const spoke = await startNode("spoke", star.spoke("herat"));
    const messages = corpus(20, 0);
    await sendByMaildirqmtp(dir, messages, ["holly@example.org"], at);
    await eventually(async () => (await delivered(spoke.dir, "holly")).length === 20, 15_000, "mail for holly");
    const other = { host: "127.0.0.1", port: spoke.port("qmtp") };
    await sendByMaildirqmtp(dir, messages, ["hans@example.org"], other);
    await eventually(async () => (await delivered(star.hub, "hans")).length === 20, 5000, "mail for hans");
    await sendByMaildirqmtp(dir, messages.slice(0, 1), ["holly@example.org"], at);
    await eventually(async () => (await delivered(spoke.dir, "holly")).length === 21, 5000, "one more for holly");
    expectCorpus(await delivered(star.hub, "hans"), messages, 2);
    expect(await waiting(star.hub, "office/herat")).toEqual([]);
  });

  it("comes back by itself when the hub was away", async () => {
    const dir = await scene();
    const { star, hub } = await runningHub(dir, { offices: ["herat"], people: PEOPLE });
    const link = hub.port("link");
    const toml = join(star.spoke("herat"), "spoke.toml");
    await useLink(toml, `connect = "tls://127.0.0.1:${link}"`, 'windows = "always"');
    const spoke = await startNode("spoke", star.spoke("herat"));
    await eventually(() => spoke.log.some((line) => line.includes("window-open")), 10_000, "the link");
    await hub.stop();
    await useLink(join(star.hub, "hub.toml"), `link.listen = "127.0.0.1:${link}"`);
    const again = await startNode("hub", star.hub);
    const messages = corpus(3, 0);
    await sendByMaildirqmtp(dir, messages, ["holly@example.org"], { host: "127.0.0.1", port: again.port("qmtp") });
    await eventually(async () => (await delivered(spoke.dir, "holly")).length === 3, 30_000, "mail for holly");
  });
});

/** Replaces lines of a configuration, by their key. */
async function useLink(file: string, ...lines: readonly string[]): Promise<void> {
  let text = await readFile(file, "utf8");
  for (const line of lines) {
    const key = line.split(" = ")[0]?.replaceAll(".", "\\.") ?? "";
    const changed = text.replace(new RegExp(`^${key} = .*$`, "m"), () => line);
    expect(changed, `${key} in ${file}`).not.toBe(text);
    text = changed;
  }
  await writeFile(file, text);
}
