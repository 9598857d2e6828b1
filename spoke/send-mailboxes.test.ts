import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Store } from "#shared/queue/store.js";
import { openSpokeDirectory } from "./directory/directory.ts";
import type { SpokeNode } from "./node.ts";
import { OUTBOUND } from "./node.ts";
import { sendMailboxes } from "./send-mailboxes.ts";

const PERSON = { name: "holly", suspended: false, listed: true, changedAt: 1 };
const ASKED = { name: "holly", to: "holly@mazar.example.org" };

async function office() {
  const dir = await mkdtemp(join(tmpdir(), "send-mailboxes-"));
  const directory = openSpokeDirectory(join(dir, "spoke.db"), { create: true });
  const store = new Store(dir, "herat.example.org");
  await store.queue(OUTBOUND).create();
  const head = { id: "ABCDEFGHIJKLMNOP", born: 1, envelope: { sender: "a@b.example", recipients: [{ address: "h" }] } };
  await store.deliver({ kind: "mailbox", name: "holly" }, { ...head, fields: {} }, [Buffer.from("Subject: x\n\nx\n")]);
  const events: Record<string, unknown>[] = [];
  const log = (event: string, fields: Record<string, unknown>): void => void events.push({ event, ...fields });
  onTestFinished(async () => {
    directory.close();
    await rm(dir, { recursive: true });
  });
  const node = { config: { dir }, directory, store, log, space: () => undefined } as unknown as SpokeNode;
  const waiting = async () => (await store.queue(OUTBOUND).list()).length;
  return { node, directory, events, waiting, mailboxes: () => readdir(join(dir, "mailboxes", "holly")) };
}

it("puts the mailbox into the outbound queue once, and says where it lies now", async () => {
  const { node, directory, events, waiting, mailboxes } = await office();
  directory.leavingMailboxes.replace([ASKED], 5_000);
  await sendMailboxes(node);
  expect(await waiting()).toBe(1);
  expect(events).toEqual([
    expect.objectContaining({ event: "mailbox-sent", person: "holly", to: ASKED.to, messages: 1, tooLarge: 0 }),
  ]);
  expect((await mailboxes()).sort()).toEqual(["Maildir", "Maildir.moved"]);
  expect(directory.leavingMailboxes.list()).toEqual([]);
  // The list comes again until headquarters knows better.
  directory.leavingMailboxes.replace([ASKED], 9_000);
  await sendMailboxes(node);
  expect(await waiting()).toBe(1);
});

it("leaves the mailbox of somebody who is back", async () => {
  const { node, directory, waiting, mailboxes } = await office();
  directory.people.put(PERSON);
  directory.leavingMailboxes.replace([ASKED], 5_000);
  await sendMailboxes(node);
  expect([await waiting(), await mailboxes()]).toEqual([0, ["Maildir"]]);
});

it("asks again in the next session when the disk is in trouble, under the time of the first asking", async () => {
  const { node, directory, events, waiting } = await office();
  directory.leavingMailboxes.replace([ASKED], 5_000);
  const broken = {
    ...node,
    store: { queue: () => ({ list: async () => [], add: () => Promise.reject(new Error("ENOSPC")) }) },
  };
  await sendMailboxes(broken as unknown as SpokeNode);
  expect(events).toEqual([{ event: "internal-error", where: "old mailboxes", text: "Error: ENOSPC" }]);
  directory.leavingMailboxes.replace([ASKED], 9_000);
  expect(directory.leavingMailboxes.list()).toEqual([{ ...ASKED, since: 5_000 }]);
  await sendMailboxes(node);
  expect(await waiting()).toBe(1);
});
