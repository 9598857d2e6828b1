import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flush, mailbox, qrelay, qrelayJson, startNode, submit } from "../support/star.ts";
import { corpus } from "./corpus.ts";
import { delivered, filesIn, filledMaildir, runningHub, scene, stockHost } from "./scene.ts";
import { maildirqmtp, python, queued } from "./stand-ins.ts";

const PEOPLE = { hans: "kabul", holly: "herat" };
const BODY = "This line is the body and shall not come back\n";
const MESSAGE = Buffer.from(`From: a@b.example\nSubject: hello\n\n${BODY}`);

describe("what a stock peer sends and we refuse", () => {
  it("is answered D at once and bounced by its side, and the rest goes through", async () => {
    const dir = await scene();
    const { star, at } = await runningHub(dir, { offices: ["herat"], people: PEOPLE });
    const to = ["hans@example.org", "nobody@example.org", "who@elsewhere.example", "holly@herat.example.org", "a b@"];
    const { home, maildir } = await filledMaildir(dir, [{ sender: "s@stock.example", text: MESSAGE }], to);
    const ran = await maildirqmtp(home, maildir, at);
    expect(ran, ran.err).toMatchObject({ code: 0 });
    expect(ran.err.match(/succeeded: 127\.0\.0\.1 said: ok [A-Z2-7]{16}/g)).toHaveLength(2);
    expect(ran.err).toMatch(/bounced: 127\.0\.0\.1 said: no such person: nobody@example\.org \(#5\.1\.1\)/);
    expect(ran.err).toMatch(/bounced: .*relaying denied.* \(#5\.7\.1\)/);
    const bounces = await queued(home);
    expect(bounces.map(({ recipients }) => recipients)).toEqual(Array(3).fill(["s@stock.example"]));
    expect(await mailbox(star.hub, "postmaster")).toEqual([]);
    expect(await delivered(star.hub, "hans")).toHaveLength(1);
  });

  it("that is too large is refused, to the byte", async () => {
    const dir = await scene();
    const set = ["limits.message=2000"];
    const { star, at } = await runningHub(dir, { offices: [], people: { hans: "kabul" }, set });
    const messages = [2000, 2001].map((size) => ({ sender: `s${size}@stock.example`, text: Buffer.alloc(size, "x") }));
    const { home, maildir } = await filledMaildir(dir, messages, ["hans@example.org"]);
    const ran = await maildirqmtp(home, maildir, at);
    expect(ran.err).toMatch(/bounced: 127\.0\.0\.1 said: .*\(#5\.3\.4\)/);
    expect((await delivered(star.hub, "hans")).map(({ sender }) => sender)).toEqual(["s2000@stock.example"]);
    expect((await queued(home)).map(({ recipients }) => recipients)).toEqual([["s2001@stock.example"]]);
  });

  it("with the same recipient twice is answered for each, in order, and with junk is cut off", async () => {
    const dir = await scene();
    const { star, at } = await runningHub(dir, { offices: ["herat"], people: PEOPLE });
    const ran = await python("raw-qmtp.py", [at.host, String(at.port), "hans@example.org"]);
    expect(ran, ran.err).toMatchObject({ code: 0 });
    const replies = ran.out.trimEnd().split("\n");
    expect(replies.map((reply) => reply.replace(/(?<=K ok).*/, ""))).toEqual([
      "twice: K ok",
      "twice: K ok",
      "CRLF: K ok",
      "leading zeros: K ok",
      "no text, wrong marker: closed",
      "empty message netstring: closed",
      "letters for a length: closed",
      "cut in the middle: closed",
    ]);
    const stored = await filesIn(join(star.hub, "mailboxes/hans/Maildir"));
    expect(stored.filter((file) => file.includes("Subject: twice"))).toHaveLength(1);
    expect(stored.filter((file) => file.toString().endsWith("Subject: dos\n\na\rb\nno newline"))).toHaveLength(1);
    expect(stored).toHaveLength(3);
  });
});

describe("what a stock server refuses", () => {
  it("comes back to its sender at the spoke with its header only", async () => {
    const dir = await scene();
    const { star } = await runningHub(dir, { offices: ["herat"], people: PEOPLE });
    const herat = star.spoke("herat");
    await qrelay(["spoke", "person", "add", "holly", "--dir", herat]);
    const spoke = await startNode("spoke", herat);
    const stock = await stockHost(dir, "stock", { control: { rcpthosts: ".known.example\nknown.example\n" } });
    const to = ["a@known.example", "b@sub.known.example", "c@unknown.example", "d@unknown.example"];
    const text = `From: holly@example.org\nSubject: four\nMessage-ID: <four@h>\n\n${BODY}`;
    expect(await submit(spoke.port("smtp"), "holly@herat.example.org", to, text)).toMatchObject({ ok: true });
    const words = ["spoke", "flush", "--connect", `127.0.0.1:${stock.port}`, "--qmtp", "--dir", herat];
    const report = await qrelayJson<{ failed: { recipient: string; status: string }[] }>(words);
    expect(report).toMatchObject({ ended: "drained", sent: { messages: 1, recipients: 2 }, left: { messages: 0 } });
    expect(report.failed.map(({ recipient, status }) => `${status} ${recipient}`)).toEqual([
      "5.7.1 c@unknown.example",
      "5.7.1 d@unknown.example",
    ]);
    const [taken, ...more] = await queued(stock.home);
    expect(more).toEqual([]);
    expect(taken?.recipients).toEqual(["a@known.example", "b@sub.known.example"]);
    const [dsn, ...others] = await mailbox(herat, "holly");
    expect(others).toEqual([]);
    expect(dsn?.header("Content-Type")).toContain("multipart/report");
    expect(dsn?.body).toContain("Message-ID: <four@h>");
    expect(dsn?.body).toContain("allowed rcpthosts");
    expect(dsn?.body).not.toContain(BODY);
    expect(dsn?.body).not.toContain("a@known.example");
  });

  it("for its size comes back too, and RELAYCLIENT is the peer's own affair", async () => {
    const dir = await scene();
    const { star } = await runningHub(dir, { offices: ["herat"], people: {} });
    const herat = star.spoke("herat");
    const spoke = await startNode("spoke", herat);
    const env = { RELAYCLIENT: "@fix.me" };
    const stock = await stockHost(dir, "stock", { control: { databytes: "3000\n" }, env });
    const from = "postmaster@herat.example.org";
    await submit(spoke.port("smtp"), from, ["x@a.example"], `Subject: small\n\n${BODY}`);
    await submit(spoke.port("smtp"), from, ["y@a.example"], `Subject: large\n\n${"0123456789\n".repeat(400)}`);
    const words = ["spoke", "flush", "--connect", `127.0.0.1:${stock.port}`, "--qmtp", "--dir", herat];
    const report = await qrelayJson(words);
    expect(report).toMatchObject({ failed: [{ recipient: "y@a.example", status: "5.3.4" }] });
    expect((await queued(stock.home)).map(({ recipients }) => recipients)).toEqual([["x@a.example@fix.me"]]);
    const bounces = await mailbox(herat, "postmaster");
    expect(bounces.map((dsn) => dsn.body.includes("0123456789"))).toEqual([false]);
  });

  it("by not being there stays in the queue, and nothing bounces", async () => {
    const dir = await scene();
    const { star, at } = await runningHub(dir, { offices: ["farah"], people: {} });
    await qrelayJson(["hub", "office", "set", "farah", "--prefix", "farah-", "--dir", star.hub]);
    const { home, maildir } = await filledMaildir(dir, corpus(5, 0), ["x@farah.example.org"]);
    await maildirqmtp(home, maildir, at);
    const stock = await stockHost(dir, "stock");
    const words = ["hub", "flush", "farah", "--qmtp", "--dir", star.hub];
    await stock.close();
    expect(await qrelay([...words, "--to", `127.0.0.1:${stock.port}`])).toMatchObject({ code: 69 });
    expect((await filesIn(join(star.hub, "queue/office/farah"))).length).toBe(5);
    expect(await mailbox(star.hub, "postmaster")).toEqual([]);
  });
});

describe("a refusal over the link", () => {
  it("of a person who left since the office's last list bounces at the office, header only", async () => {
    const dir = await scene();
    const { star, hub } = await runningHub(dir, { offices: ["herat"], people: { ...PEOPLE, leaver: "kabul" } });
    const herat = star.spoke("herat");
    await flush(herat, hub.port("link"));
    const spoke = await startNode("spoke", herat);
    expect(await qrelay(["hub", "person", "remove", "leaver", "--dir", star.hub])).toMatchObject({ code: 0 });
    const to = ["hans@example.org", "leaver@example.org"];
    await submit(spoke.port("smtp"), "holly@herat.example.org", to, `Subject: two\n\n${BODY}`);
    expect(await flush(herat, hub.port("link"))).toMatchObject({
      ended: "drained",
      failed: [{ recipient: "leaver@example.org", status: "5.1.1" }],
    });
    const [dsn] = await mailbox(herat, "holly");
    expect(dsn?.body).toContain("leaver@example.org");
    expect(dsn?.body).not.toContain(BODY);
    expect(await mailbox(star.hub, "hans")).toHaveLength(1);
  });
});
