import { expect, it } from "vitest";
import { tokenFor } from "#hub/directory/approval-secret.js";
import { saveAliases } from "#hub/directory/save-aliases.js";
import { hubView } from "#hub/hub-store.js";
import { type TestHub, testHub } from "#hub/link/test-hub.js";
import { MODERATION } from "#hub/router.js";
import { approvalAddress, type Verdict } from "#shared/mail/approval.js";
import { arrival } from "#shared/queue/test-bench.js";
import { eachHeld } from "./find-held.ts";
import { giveWord } from "./give-word.ts";

/** A hub with two moderated lists of maria's: news for holly and omid, club for omid. */
async function moderated(): Promise<TestHub> {
  const hub = await testHub();
  await hub.store.queue(MODERATION).create();
  const lists = [
    { name: "news", targets: ["holly", "omid"], owner: "maria", moderate: true as const },
    { name: "club", targets: ["omid"], owner: "maria", moderate: true as const },
  ];
  saveAliases(hub.directory, hubView(hub), lists);
  return hub;
}

async function write(hub: TestHub, from: string, to: string[], text = "Subject: hello\n\nhi\n"): Promise<string> {
  const given = await arrival(text, to);
  const { mailId, outcomes } = await hub.engine.accept({ ...given, envelope: { ...given.envelope, sender: from } });
  expect(outcomes.map(({ kind }) => kind)).toEqual(to.map(() => "delivered"));
  await hub.engine.sortNow();
  return mailId;
}

const work = (hub: TestHub): Promise<void> => hub.engine.workNow(MODERATION);

function word(hub: TestHub, mailId: string, verdict: Verdict, list = "news@example.org"): string {
  return approvalAddress(list, verdict, tokenFor(hub.directory, list, mailId));
}

/** What the log says of each time that somebody was asked. */
const questions = (hub: TestHub) => hub.events.filter(({ event }) => event === "held").map(({ fields }) => fields);

it("asks the owner once, and leaves the members alone", async () => {
  const hub = await moderated();
  const mail = await write(hub, "x@far.example", ["news@example.org"]);
  await work(hub);
  hub.engine.retry(MODERATION);
  await work(hub);
  expect(questions(hub)).toEqual([
    expect.objectContaining({ mail, list: "news@example.org", recipient: "maria@example.org", outcome: "delivered" }),
  ]);
  expect(await hub.waiting(MODERATION)).toEqual(["news@example.org"]);
  expect(await hub.waiting("office/herat")).toEqual([]);
});

it("makes an entry for each list, and each word is about one", async () => {
  const hub = await moderated();
  const mail = await write(hub, "x@far.example", ["news@example.org", "holly@example.org", "club@example.org"]);
  await work(hub);
  expect((await hub.waiting(MODERATION)).sort()).toEqual(["club@example.org", "news@example.org"]);
  expect(
    questions(hub)
      .map(({ list }) => list)
      .sort(),
  ).toEqual(["club@example.org", "news@example.org"]);
  expect(await hub.waiting("office/herat")).toEqual(["holly@herat.example.org"]);
  await write(hub, "maria@example.org", [word(hub, mail, "accept", "club@example.org")]);
  await work(hub);
  expect(await hub.waiting(MODERATION)).toEqual(["news@example.org"]);
  expect(await hub.waiting("office/mazar")).toEqual(["omid@mazar.example.org"]);
  await write(hub, "maria@example.org", [word(hub, mail, "reject")]);
  await work(hub);
  expect(await hub.waiting(MODERATION)).toEqual([]);
  expect(await hub.waiting("office/mazar")).toEqual(["omid@mazar.example.org"]);
});

it("obeys the first of two words, and two words in one message", async () => {
  const hub = await moderated();
  const mail = await write(hub, "x@far.example", ["news@example.org"]);
  await work(hub);
  await write(hub, "maria@example.org", [word(hub, mail, "accept"), word(hub, mail, "reject")]);
  await work(hub);
  expect(await hub.waiting("office/herat")).toEqual(["holly@herat.example.org"]);
  const words = hub.events.filter(({ event }) => event === "moderated");
  expect(words.map(({ fields }) => fields.outcome)).toEqual(["accept"]);
  expect(await hub.waiting("internet")).toEqual([]);
});

it("finds after a crash what was decided, and writes no member's copy twice", async () => {
  const hub = await moderated();
  const mail = await write(hub, "x@far.example", ["news@example.org"]);
  await work(hub);
  const queue = hub.store.queue(MODERATION);
  // Killed after the copies were written and before the entry had gone: it is there as it was, decided.
  const kept: { head: unknown; text: Buffer }[] = [];
  await eachHeld(queue, async ({ head, message }) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of message()) pieces.push(piece);
    kept.push({ head: { ...head, fields: { ...head.fields, decision: "accept" } }, text: Buffer.concat(pieces) });
  });
  await write(hub, "maria@example.org", [word(hub, mail, "accept")]);
  await work(hub);
  expect(await hub.waiting("office/herat")).toHaveLength(1);
  for (const { head, text } of kept) await queue.add(head as Parameters<typeof queue.add>[0], [text]);
  await work(hub);
  expect(await hub.waiting(MODERATION)).toEqual([]);
  expect(await hub.waiting("office/herat")).toHaveLength(1);
  expect(await hub.waiting("office/mazar")).toHaveLength(1);
});

it("tells nobody of a bounce that the owner has rejected", async () => {
  const hub = await moderated();
  const mail = await write(hub, "", ["news@example.org"]);
  await work(hub);
  await write(hub, "maria@example.org", [word(hub, mail, "reject")]);
  await work(hub);
  expect(await hub.waiting(MODERATION)).toEqual([]);
  expect(hub.events.filter(({ event }) => ["bounced", "double-bounce"].includes(event))).toEqual([]);
  expect(hub.events).toContainEqual({ event: "failed", fields: expect.objectContaining({ mail, status: "5.7.1" }) });
});

it("gives it back when the list has gone, and keeps it when it is moderated no more", async () => {
  const hub = await moderated();
  const mail = await write(hub, "x@far.example", ["news@example.org", "club@example.org"]);
  await work(hub);
  hub.directory.aliases.remove("club");
  hub.directory.aliases.put({ name: "news", targets: ["holly"] });
  hub.engine.retry(MODERATION);
  await work(hub);
  expect(await hub.waiting(MODERATION)).toEqual(["news@example.org"]);
  expect(await hub.waiting("internet")).toEqual(["x@far.example"]);
  expect(await hub.waiting("office/herat")).toEqual([]);
  await write(hub, "maria@example.org", [word(hub, mail, "accept")]);
  await work(hub);
  expect(await hub.waiting("office/herat")).toEqual(["holly@herat.example.org"]);
});

it("asks postmaster where the owner takes no mail, and never the list itself", async () => {
  const hub = await moderated();
  hub.directory.aliases.put({ name: "news", targets: ["holly"], owner: "nobody", moderate: true });
  await write(hub, "x@far.example", ["news@example.org"]);
  await work(hub);
  expect(questions(hub)).toMatchObject([
    { recipient: "nobody@example.org", outcome: "failed" },
    { recipient: "postmaster@example.org", outcome: "delivered" },
  ]);
  hub.directory.aliases.put({ name: "club", targets: ["omid"], owner: "club", moderate: true });
  await write(hub, "x@far.example", ["club@example.org"]);
  await work(hub);
  expect((await hub.waiting(MODERATION)).sort()).toEqual(["club@example.org", "news@example.org"]);
  expect(questions(hub)).toHaveLength(4);
  expect(questions(hub)[2]).toMatchObject({ recipient: "club@example.org", outcome: "failed" });
});

it("asks once more when it takes long, and gives it back in the end", async () => {
  const hub = await moderated();
  const add = (id: string, hours: number) =>
    hub.store.queue(MODERATION).add(
      {
        id,
        born: Math.floor(Date.now() / 1000) - hours * 3600,
        envelope: { sender: "x@far.example", recipients: [{ address: "news@example.org" }] },
        fields: { asked: "1" },
      },
      [Buffer.from("Subject: hello\n\nhi\n")],
    );
  await add("AAAAAAAAAAAAAAAA", 1);
  await add("BBBBBBBBBBBBBBBB", 48);
  await add("CCCCCCCCCCCCCCCC", 24 * 30);
  for (const _time of [1, 2]) {
    hub.engine.retry(MODERATION);
    await work(hub);
  }
  expect(questions(hub).filter(({ mail }) => mail === "BBBBBBBBBBBBBBBB")).toHaveLength(1);
  expect(questions(hub).filter(({ mail }) => mail === "AAAAAAAAAAAAAAAA")).toEqual([]);
  const gone = hub.events.find(({ event, fields }) => event === "failed" && fields.mail === "CCCCCCCCCCCCCCCC");
  expect(gone?.fields).toMatchObject({ status: "5.4.7", text: expect.stringContaining("held for the approval") });
  expect(await hub.waiting(MODERATION)).toHaveLength(2);
});

it("takes the word of a command, for one list or all, and refuses what is not held", async () => {
  const hub = await moderated();
  const mail = await write(hub, "x@far.example", ["news@example.org", "club@example.org"]);
  await work(hub);
  await expect(giveWord(hub, "accept", mail, "staff")).rejects.toThrow(/no such message is held/);
  await expect(giveWord(hub, "accept", "AAAAAAAAAAAAAAAA", undefined)).rejects.toThrow(/no such message is held/);
  expect(await giveWord(hub, "accept", mail.toLowerCase(), "News")).toMatchObject({ lists: ["news@example.org"] });
  await work(hub);
  expect(await hub.waiting("office/herat")).toEqual(["holly@herat.example.org"]);
  expect(await giveWord(hub, "reject", mail, undefined)).toMatchObject({ lists: ["club@example.org"] });
  await work(hub);
  expect(await hub.waiting(MODERATION)).toEqual([]);
});
