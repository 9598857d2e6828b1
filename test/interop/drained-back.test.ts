import { describe, expect, it } from "vitest";
import { eventually, qrelay, qrelayJson, queued as waiting } from "../support/star.ts";
import { corpus } from "./corpus.ts";
import { expectCorpus, filledMaildir, runningHub, scene, sendByMaildirqmtp, stockHost } from "./scene.ts";
import { maildirqmtp, queued } from "./stand-ins.ts";

/** Where the stock office stands: loopback has many addresses. */
const FARAH = "127.0.0.2";
/** Many processes; a machine that is busy with other tests is given this. */
const PATIENCE = 60_000;
const RULE = `[[qmtp.rule]]\nfrom = "${FARAH}"\noffice = "farah"`;
const hello = (name: string) => ({ sender: `${name}@farah.example.org`, text: Buffer.from("Subject: x\n\nhello\n") });

/** A hub with the stock office farah, which answers at FARAH; `--dial` without windows says on which port. */
async function farah(people: Record<string, string> = {}) {
  const dir = await scene();
  const running = await runningHub(dir, { offices: ["farah"], people: { hans: "kabul", ...people }, hubToml: RULE });
  const stock = await stockHost(dir, "farah-stock", { host: FARAH });
  const dial = `qmtp://${FARAH}:${stock.port}`;
  await qrelayJson(["hub", "office", "set", "farah", "--dial", dial, "--dir", running.star.hub]);
  return { dir, stock, ...running };
}

describe("a stock qmail office that connects by QMTP", { timeout: 2 * PATIENCE }, () => {
  it("is drained back to its address, and may send anywhere", async () => {
    const { dir, star, stock, at, hub } = await farah({ fred: "farah" });
    const messages = corpus(20, 0);
    await sendByMaildirqmtp(dir, messages, ["fred@example.org"], at);
    expect(await waiting(star.hub, "office/farah")).toHaveLength(20);
    await sendByMaildirqmtp(dir, [hello("fred")], ["hans@example.org", "x@elsewhere.example"], at, FARAH);
    const taken = await eventually(async () => {
      const found = await queued(stock.home);
      return found.length === 20 && found;
    }, PATIENCE);
    expectCorpus(taken, messages, 3);
    // Its own name, which is final there, not the one that was written to.
    expect(new Set(taken.flatMap(({ recipients }) => recipients))).toEqual(new Set(["fred@farah.example.org"]));
    await eventually(async () => (await waiting(star.hub, "office/farah")).length === 0, PATIENCE);
    expect(await waiting(star.hub, "internet")).toHaveLength(1);
    expect(hub.log.join("\n")).not.toContain("internal-error");
  });

  it("that opens a connection for each message gets everything once", async () => {
    const { dir, stock, at } = await farah();
    const messages = corpus(60, 0);
    await sendByMaildirqmtp(dir, messages, ["any.one@farah.example.org"], at);
    const calls = Array.from({ length: 8 }, async (_, index) => {
      const { home, maildir } = await filledMaildir(dir, [hello(`n${index}`)], ["hans@example.org"]);
      return maildirqmtp(home, maildir, at, { source: FARAH });
    });
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(Array(8).fill(0));
    await eventually(async () => (await queued(stock.home)).length >= 60, PATIENCE);
    expectCorpus(await queued(stock.home), messages, 3);
  });

  it("gets no list of people, whose password hashes are not for plain QMTP", async () => {
    const dir = await scene();
    const people = { hans: "kabul", fred: "farah" };
    const passwords = { fred: "correct horse" };
    const { star, at } = await runningHub(dir, { offices: ["farah"], people, passwords, hubToml: RULE });
    const stock = await stockHost(dir, "farah-stock", { host: FARAH });
    await sendByMaildirqmtp(dir, [hello("hans")], ["fred@example.org"], at);
    // Neither --dial nor --prefix: only the command says that it is a qmail host.
    const to = `${FARAH}:${stock.port}`;
    const said = await qrelay(["hub", "flush", "farah", "--to", to, "--qmtp", "--dir", star.hub]);
    expect(said, said.err).toMatchObject({ code: 0 });
    expect((await queued(stock.home)).map(({ recipients }) => recipients)).toEqual([["fred@farah.example.org"]]);
  });
});
