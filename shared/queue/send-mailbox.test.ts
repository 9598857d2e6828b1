import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Maildir } from "node-maildir";
import { afterEach, beforeEach, expect, it } from "vitest";
import { deferred } from "#shared/mail/outcome.js";
import { Queue } from "./queue.ts";
import { sendMailbox } from "./send-mailbox.ts";

const AT = 1_700_000_000;
const RECIPIENT = "holly@mazar.example.org";

let folder: string;
let maildir: Maildir;
let queue: Queue;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "send-mailbox-"));
  maildir = new Maildir(join(folder, "holly"));
  queue = new Queue("outbound", join(folder, "queue"), { host: "herat.example.org" });
  await maildir.create();
  await queue.create();
});
afterEach(() => rm(folder, { recursive: true }));

const send = (more: Partial<Parameters<typeof sendMailbox>[0]> = {}) =>
  sendMailbox({ path: maildir.path, queue, recipient: RECIPIENT, at: AT, space: () => undefined, ...more });

async function waiting() {
  const found: { text: string; sender: string; to: string[]; fields: unknown; born: number }[] = [];
  for (const entry of await queue.list()) {
    const open = await queue.open(entry);
    if (open === undefined) throw new Error("gone");
    const pieces: Uint8Array[] = [];
    for await (const piece of open.message()) pieces.push(piece);
    await open.close();
    const { envelope, fields, born } = open.head;
    const to = envelope.recipients.map(({ address }) => address);
    found.push({ text: Buffer.concat(pieces).toString(), sender: envelope.sender, to, fields, born });
  }
  return found.toSorted((a, b) => (a.text < b.text ? -1 : 1));
}

it("puts each message into the queue without the lines of its delivery, and sets its file aside", async () => {
  await maildir.deliver([
    Buffer.from("Return-Path: <a@b>\nDelivered-To: holly@herat.example.org\nReceived: x\n\nnew\n"),
  ]);
  await writeFile(join(maildir.path, "cur", "1.a:2,S"), "Subject: Delivered-To: \n\nread\n");
  expect(await send()).toEqual({ messages: 2, tooLarge: 0, kept: `${maildir.path}.moved` });
  const entry = { sender: "", to: [RECIPIENT], fields: { mailbox: "1" }, born: AT };
  expect(await waiting()).toEqual([
    { ...entry, text: "Received: x\n\nnew\n" },
    { ...entry, text: "Subject: Delivered-To: \n\nread\n" },
  ]);
  expect(await readdir(`${maildir.path}.moved/cur`)).toEqual(["1.a:2,S"]);
  expect(await maildir.list()).toEqual([]);
  expect(await send()).toEqual({ messages: 0, tooLarge: 0 });
  await rm(maildir.path, { recursive: true });
  expect(await send()).toEqual({ messages: 0, tooLarge: 0 });
});

it("makes no second copy of what a crash has left in both places", async () => {
  await writeFile(join(maildir.path, "new", "1.a"), "Subject: x\n\nx\n");
  await send();
  await writeFile(join(maildir.path, "cur", "1.a:2,S"), "Subject: x\n\nx\n");
  expect(await send()).toMatchObject({ messages: 1 });
  expect(await waiting()).toHaveLength(1);
});

it("leaves what her new office does not take, and what is no message", async () => {
  await writeFile(join(maildir.path, "new", "1.a"), "Subject: x\n\nx\n");
  await writeFile(join(maildir.path, "new", "2.b"), `Subject: y\n\n${"y".repeat(100)}\n`);
  await symlink("/etc/passwd", join(maildir.path, "new", "3.c"));
  expect(await send({ limit: 50 })).toMatchObject({ messages: 1, tooLarge: 1 });
  expect((await waiting()).map(({ text }) => text)).toEqual(["Subject: x\n\nx\n"]);
  expect((await readdir(join(maildir.path, "new"))).sort()).toEqual(["2.b", "3.c"]);
});

it("stops before the disk is full, and when enough waits, and goes on later where it was", async () => {
  for (const name of ["1.a", "2.b", "3.c"]) await writeFile(join(maildir.path, "new", name), `Subject: ${name}\n\nx\n`);
  expect(await send({ most: 10 })).toMatchObject({ messages: 1, more: expect.stringContaining("the rest follows") });
  expect(await send({ space: () => deferred("4.3.1", "no room") })).toEqual({
    ...{ messages: 0, tooLarge: 0 },
    more: "no room",
  });
  expect(await send()).toMatchObject({ messages: 2 });
  expect(await waiting()).toHaveLength(3);
});
