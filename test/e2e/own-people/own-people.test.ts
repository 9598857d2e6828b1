/** A domain with people of its own, one at headquarters and two at an office; and mailboxes that are full. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually, qrelay, qrelayJson } from "../../support/star.ts";
import { readPop3 } from "../read-pop3.ts";
import { letter, useStar } from "../scene.ts";

const SECRETS: Record<string, string> = {
  info: "secret of info",
  "info@shop.example": "secret of the shop",
  "sales@shop.example": "secret of sales",
};
const onHub = (...words: string[]) => qrelayJson<Record<string, unknown>>(["hub", ...words, "--dir", scene.star.hub]);

async function addPerson(name: string, office: string): Promise<void> {
  const words = ["hub", "person", "add", name, "--office", office, "--password-stdin", "--dir", scene.star.hub];
  expect(await qrelay(words, { stdin: `${SECRETS[name] ?? "some secret"}\n` })).toMatchObject({ code: 0 });
}

const scene = useStar({
  offices: ["herat", "mazar"],
  people: { bob: "kabul", zeno: "herat" },
  sink: true,
  prepare: async (star) => {
    await qrelayJson(["hub", "domain", "add", "shop.example", "--own-people", "--owner", "bob", "--dir", star.hub]);
    await addPerson("info", "kabul");
    await addPerson("info@shop.example", "kabul");
    await addPerson("sales@shop.example", "herat");
    await addPerson("desk@shop.example", "herat");
  },
});

const STRANGER = "friend@outside.example";
const readAt = (node: string, login: string, password: string) =>
  readPop3(scene.node(node).port("pop3"), login, password);

it("mail to both arrives once, at headquarters and at the office, and at nobody else's of the same name", async () => {
  await scene.send("hub", STRANGER, ["info@shop.example", "Sales@Shop.Example"], letter("both"));
  await scene.arrived("hub", "info@shop.example", "both");
  await scene.waiting("hub", "office/herat", "both");
  expect(await scene.flush("herat")).toMatchObject({ ended: "drained", failed: [] });
  await scene.flush("herat");
  const [message] = await scene.arrived("herat", "sales@shop.example", "both");
  expect(message?.head).toMatch(/^Return-Path: <friend@outside\.example>\nDelivered-To: sales@shop\.example\n/);
  expect(await scene.count("herat", { person: "sales@shop.example" }, "both")).toBe(1);
  expect(await scene.count("hub", { person: "info@shop.example" }, "both")).toBe(1);
  expect(await scene.count("hub", { person: "info" }, "both")).toBe(0);
});

it("unknown names are refused at RCPT, at headquarters and at an office that holds the names", async () => {
  for (const to of ["nobody@shop.example", "bob@shop.example", "sales@example.org"])
    expect((await scene.send("hub", STRANGER, to, letter("nobody"))).text).toMatch(/^550 5\.1\.1 /);
  await scene.flush("herat");
  for (const to of ["nobody@shop.example", "zeno@shop.example", "sales@example.org"])
    expect((await scene.send("herat", "zeno@example.org", to, letter("nobody"))).text).toMatch(/^550 5\.1\.1 /);
});

it("mail written in the office goes to its own people there, and to the others over headquarters", async () => {
  await scene.flush("mazar");
  await scene.flush("herat");
  await scene.send("herat", "zeno@example.org", ["sales@shop.example", "info@shop.example"], letter("from zeno"));
  await scene.arrived("herat", "sales@shop.example", "from zeno");
  await scene.send("mazar", "x@example.org", "sales@shop.example", letter("from mazar"));
  for (const office of ["herat", "mazar", "herat"]) await scene.flush(office);
  await scene.arrived("hub", "info@shop.example", "from zeno");
  await scene.arrived("herat", "sales@shop.example", "from mazar");
  expect(await scene.count("herat", { person: "sales@shop.example" }, "from zeno")).toBe(1);
});

it("the roles of the domain are the organisation's", async () => {
  await scene.send("hub", STRANGER, "postmaster@shop.example", letter("who is in charge"));
  await scene.arrived("hub", "postmaster", "who is in charge");
});

it("who logs in gives the full address, and is nobody else's namesake", async () => {
  expect(await readAt("hub", "info@shop.example", "secret of the shop")).not.toHaveLength(0);
  expect(await readAt("hub", "info@example.org", "secret of info")).toHaveLength(0);
  await expect(readAt("hub", "info@example.org", "secret of the shop")).rejects.toThrow();
  await expect(readAt("hub", "info@shop.example", "secret of info")).rejects.toThrow();
  await expect(readAt("hub", "info@shop.example@example.org", "secret of the shop")).rejects.toThrow();
  await scene.flush("herat");
  expect(await readAt("herat", "Sales@shop.example", "secret of sales")).not.toHaveLength(0);
  await expect(readAt("herat", "sales@example.org", "secret of sales")).rejects.toThrow();
  await expect(readAt("herat", "sales", "secret of sales")).rejects.toThrow();
});

it("who moves takes the mail with her that waits", async () => {
  await scene.send("hub", STRANGER, ["desk@shop.example", "sales@shop.example"], letter("follow me"));
  await scene.waiting("hub", "office/herat", "follow me");
  expect(await onHub("person", "move", "desk@shop.example", "--to", "mazar")).toMatchObject({
    ...{ name: "desk", domain: "shop.example", office: "mazar", moved: 1 },
  });
  await scene.waiting("hub", "office/mazar", "follow me");
  for (const office of ["herat", "mazar"]) await scene.flush(office);
  await scene.arrived("mazar", "desk@shop.example", "follow me");
  await scene.arrived("herat", "sales@shop.example", "follow me");
  expect(await scene.count("herat", { person: "desk@shop.example" }, "follow me")).toBe(0);
});

it("instructions hold at headquarters and in the office", async () => {
  await onHub("instructions", "set", "sales@shop.example", "./", "zeno@example.org");
  await onHub("instructions", "set", "sales@shop.example", "--extension", "list", "zeno@example.org");
  await scene.flush("herat");
  await scene.send("herat", "zeno@example.org", "sales@shop.example", letter("copied here"));
  await scene.arrived("herat", "zeno", "copied here");
  await scene.arrived("herat", "sales@shop.example", "copied here");
  await scene.send("hub", STRANGER, "sales-list@shop.example", letter("for the list"));
  await scene.flush("herat");
  await scene.arrived("herat", "zeno", "for the list");
});

it("a full mailbox at headquarters refuses at RCPT, and takes mail again when there is room", async () => {
  await onHub("quota", "set", "shop.example", "100");
  const first = await scene.send("hub", STRANGER, "info@shop.example", letter("too much"));
  expect(first.text).toMatch(/^550 5\.2\.2 the mailbox of info@shop\.example is full/);
  // With somebody who has room the message is taken, and waits for the other.
  await onHub("alias", "set", "both", "bob", "info@shop.example");
  expect(await scene.send("hub", STRANGER, "both@example.org", letter("half of it"))).toMatchObject({ ok: true });
  await scene.arrived("hub", "bob", "half of it");
  await scene.waiting("hub", "sorting", "half of it");
  const folder = join(scene.folder("hub"), "mailboxes/info@shop.example/Maildir");
  for (const name of await readdir(join(folder, "new"))) await rm(join(folder, "new", name));
  for (const name of await readdir(join(folder, "cur"))) await rm(join(folder, "cur", name));
  expect(await scene.send("hub", STRANGER, "info@shop.example", letter("there is room"))).toMatchObject({ ok: true });
  await scene.arrived("hub", "info@shop.example", "there is room");
  expect(await scene.count("hub", { person: "info@shop.example" }, "half of it")).toBe(0);
  await onHub("quota", "remove", "shop.example");
  await scene.restart("hub");
  await scene.arrived("hub", "info@shop.example", "half of it");
  expect(await scene.count("hub", { person: "bob" }, "half of it")).toBe(1);
});

it("mail that has crossed to a full mailbox is kept, and delivered when there is room", async () => {
  await onHub("quota", "set", "zeno", "1");
  await scene.flush("herat");
  await scene.send("hub", STRANGER, "zeno@example.org", letter("kept for zeno"));
  await scene.waiting("hub", "office/herat", "kept for zeno");
  expect(await scene.flush("herat")).toMatchObject({ ended: "drained", failed: [] });
  await scene.waiting("herat", "sorting", "kept for zeno");
  expect((await scene.send("herat", STRANGER, "zeno@example.org", letter("refused here"))).text).toMatch(
    /^550 5\.2\.2 /,
  );
  await eventually(async () => scene.node("herat").log.some((line) => line.includes("4.2.2")));
  expect(await scene.count("herat", { person: "zeno" }, "kept for zeno")).toBe(0);
  await onHub("quota", "remove", "zeno");
  await scene.flush("herat");
  await scene.restart("herat");
  await scene.arrived("herat", "zeno", "kept for zeno");
  await eventually(async () => (await scene.count("herat", { queue: "sorting" }, "kept for zeno")) === 0);
});
