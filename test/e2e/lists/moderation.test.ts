import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  eventually,
  flush,
  killAll,
  mailbox,
  makeStar,
  type NodeProcess,
  qrelay,
  qrelayJson,
  queued,
  type Star,
  type StoredMessage,
  startNode,
  submit,
} from "../../support/star.ts";

let dir: string;
let star: Star;
let hub: NodeProcess;
const LIST = "announce@example.org";
const onHub = (...words: string[]) => qrelayJson<Record<string, unknown>>(["hub", ...words, "--dir", star.hub]);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "qrelay-moderation-"));
  star = await makeStar({
    dir,
    offices: ["herat"],
    people: { anna: "kabul", bob: "kabul", holly: "kabul", zeno: "herat" },
    sink: true,
  });
  const set = ["alias", "set", "announce", "bob", "holly", "zeno", "m@far.example"];
  await onHub(...set, "--owner", "anna", "--post", "members", "--moderate");
  hub = await startNode("hub", star.hub);
}, 60_000);

afterAll(async () => {
  await killAll();
  await rm(dir, { recursive: true, force: true });
});

const soon = (check: () => Promise<void>): Promise<unknown> =>
  eventually(async () => {
    await check();
    return true;
  });

function post(from: string, subject: string, to = LIST, more = "") {
  return submit(hub.port("smtp"), from, [to], `From: ${from}\nTo: ${to}\nSubject: ${subject}\n${more}\nhello\n`);
}

async function titled(name: string, subject: string): Promise<StoredMessage[]> {
  return (await mailbox(star.hub, name)).filter((one) => one.header("subject") === subject);
}

/** Posts as a stranger; the question that the owner has got, with the address that it is answered to. */
async function held(subject: string, from = "x@far.example") {
  expect(await post(from, subject)).toMatchObject({ ok: true });
  return asked(subject);
}

async function asked(subject: string) {
  const question = await eventually(async () => (await titled("anna", `To approve for ${LIST}: ${subject}`))[0]);
  const accept = /^<(.*)>$/.exec(question.header("reply-to") ?? "")?.[1] ?? "";
  expect(accept).toMatch(/^announce-accept-[a-z2-7]{32}@example\.org$/);
  return { question, accept, reject: accept.replace("-accept-", "-reject-") };
}

const isHeld = async (subject: string): Promise<boolean> =>
  (await queued(star.hub, "moderation")).some((one) => one.header("subject") === subject);

describe("a message of a stranger's to a moderated list", () => {
  it("is held until the owner's reply sends it to the members, once", async () => {
    const { question, accept } = await held("news of the day");
    expect(question.header("return-path")).toBe("<>");
    expect(question.header("auto-submitted")).toBe("auto-generated");
    expect(question.body).toContain(`mailto:${accept}`);
    expect(question.body).toContain("Subject: news of the day");
    expect(await isHeld("news of the day")).toBe(true);
    expect(await titled("bob", "news of the day")).toEqual([]);

    expect(await post("anna@example.org", "Re: To approve", accept)).toMatchObject({ ok: true });
    await soon(async () => expect(await titled("holly", "news of the day")).toHaveLength(1));
    const [got] = await titled("bob", "news of the day");
    expect(got?.header("return-path")).toBe("<anna@example.org>");
    expect(got?.header("list-id")).toBe("<announce.example.org>");
    expect(got?.head.match(/^Delivered-To: announce@example\.org$/gm)).toHaveLength(1);
    await soon(async () => expect(await queued(star.hub, "moderation")).toEqual([]));
    await soon(async () =>
      expect(star.sink?.messages.filter(({ to }) => to.includes("m@far.example"))).toHaveLength(1),
    );

    expect(await post("anna@example.org", "Re: To approve, again", accept)).toMatchObject({ ok: true });
    expect(await post("anna@example.org", "no, do not", accept.replace("accept", "reject"))).toMatchObject({
      ok: true,
    });
    await soon(async () => expect(await queued(star.hub, "moderation")).toEqual([]));
    expect(await titled("bob", "news of the day")).toHaveLength(1);
    expect(await titled("holly", "news of the day")).toHaveLength(1);
    expect(
      (await queued(star.hub, "office/herat")).filter((one) => one.header("subject") === "news of the day"),
    ).toHaveLength(1);
  });

  it("goes back to its sender when the owner rejects it", async () => {
    const { reject } = await held("buy this", "holly.h@far.example");
    expect(await post("anna@example.org", "no", reject)).toMatchObject({ ok: true });
    await soon(async () => {
      const back = star.sink?.messages.filter(({ to }) => to.includes("holly.h@far.example")) ?? [];
      expect(back).toHaveLength(1);
      expect(back[0]?.from).toBe("");
      expect(back[0]?.text).toContain("the owner of announce@example.org did not accept this");
      expect(back[0]?.text).toContain("5.7.1");
    });
    await soon(async () => expect(await isHeld("buy this")).toBe(false));
    expect(await titled("bob", "buy this")).toEqual([]);
  });

  it("has no answer in what a program sends", async () => {
    const { accept } = await held("wait for me");
    expect(await post("", "Undelivered", accept)).toMatchObject({ ok: false, text: expect.stringContaining("5.7.1") });
    expect(await post("anna@example.org", "Away", accept, "Auto-Submitted: auto-replied\n")).toMatchObject({
      ok: true,
    });
    expect(await post("anna@example.org", "Out of office", accept, "Precedence: bulk\n")).toMatchObject({ ok: true });
    await soon(async () =>
      expect((await queued(star.hub, "moderation")).map((one) => one.header("subject"))).toEqual(["wait for me"]),
    );
    expect(await titled("bob", "wait for me")).toEqual([]);
    await soon(async () =>
      expect((await mailbox(star.hub, "anna")).map((one) => one.body)).toContainEqual(
        expect.stringContaining("only people decide"),
      ),
    );
    await post("anna@example.org", "yes", accept);
    await soon(async () => expect(await titled("bob", "wait for me")).toHaveLength(1));
  });

  it("has no answer in an address that somebody invents, which is refused at RCPT", async () => {
    const { accept } = await held("mine");
    for (const wrong of [
      accept.replace(/.@/, (last) => (last === "a@" ? "b@" : "a@")),
      "announce-accept-x@example.org",
    ])
      expect((await post("x@far.example", "let me", wrong)).refused[0]?.text).toContain("5.1.1");
    expect(await isHeld("mine")).toBe(true);
    await post("anna@example.org", "no", accept.replace("accept", "reject"));
    await soon(async () => expect(await isHeld("mine")).toBe(false));
  });

  it("is decided by command, with the hub running or not, and is not lost by a kill", async () => {
    await held("by command");
    await held("while it was down");
    const list = async (...words: string[]) =>
      (await onHub("list", "held", ...words)).messages as { id: string; subject: string }[];
    const idOf = async (subject: string) => (await list("announce")).find((one) => one.subject === subject)?.id ?? "";
    expect(await list("other")).toEqual([]);
    expect(await onHub("list", "accept", await idOf("by command"))).toMatchObject({ lists: [LIST] });
    await soon(async () => expect(await titled("bob", "by command")).toHaveLength(1));
    const id = await idOf("while it was down");
    await hub.kill();
    expect(await onHub("list", "accept", id, "announce")).toMatchObject({ id, verdict: "accept" });
    expect(await titled("bob", "while it was down")).toHaveLength(1);
    expect(await list()).toEqual([]);
    expect(await qrelay(["hub", "list", "reject", id, "--dir", star.hub])).toMatchObject({
      code: 65,
      err: expect.stringContaining("no such message is held"),
    });
    hub = await startNode("hub", star.hub);
    await soon(async () => expect(await queued(star.hub, "moderation")).toEqual([]));
    expect(await titled("bob", "while it was down")).toHaveLength(1);
    // Commands take a second each, and the hub is started again.
  }, 60_000);
});

it("lets members write, and holds what an office's people write who are none", async () => {
  await post("holly@example.org", "from a member");
  await soon(async () => expect(await titled("bob", "from a member")).toHaveLength(1));
  await onHub("person", "add", "omid", "--office", "herat");
  const herat = await startNode("spoke", star.spoke("herat"));
  await flush(star.spoke("herat"), hub.port("link"));
  for (const from of ["omid", "zeno"]) {
    const message = `From: ${from}@example.org\nSubject: ${from} over the link\n\nhello\n`;
    expect(await submit(herat.port("smtp"), `${from}@example.org`, [LIST], message)).toMatchObject({ ok: true });
  }
  expect(await flush(star.spoke("herat"), hub.port("link"))).toMatchObject({ ended: "drained" });
  await soon(async () => expect(await titled("bob", "zeno over the link")).toHaveLength(1));
  const { accept } = await asked("omid over the link");
  expect(await titled("bob", "omid over the link")).toEqual([]);
  await post("anna@example.org", "fine", accept);
  await soon(async () => expect(await titled("bob", "omid over the link")).toHaveLength(1));

  // The owner may be at an office, whose list of names does not have approval addresses.
  await onHub("alias", "set", "field", "bob", "--owner", "zeno", "--moderate");
  await post("x@far.example", "far away", "field@example.org");
  const question = await eventually(async () => {
    await flush(star.spoke("herat"), hub.port("link"));
    const all = await mailbox(star.spoke("herat"), "zeno");
    return all.find((one) => one.header("subject") === "To approve for field@example.org: far away");
  });
  const to = question.header("reply-to")?.slice(1, -1) ?? "";
  const yes = `From: zeno@example.org\nTo: ${to}\nSubject: Re: To approve\n\nyes\n`;
  expect(await submit(herat.port("smtp"), "zeno@example.org", [to], yes)).toMatchObject({ ok: true });
  await flush(star.spoke("herat"), hub.port("link"));
  await soon(async () => expect(await titled("bob", "far away")).toHaveLength(1));
}, 90_000);
