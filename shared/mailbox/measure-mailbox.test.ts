import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Maildir } from "node-maildir";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mailboxMeter } from "./measure-mailbox.ts";

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "qrelay-measure-")), "Maildir");
});
afterEach(() => rm(join(path, ".."), { recursive: true }));

it("a mailbox that nobody has written to is empty", async () => {
  expect(await mailboxMeter()(path)).toEqual({ bytes: 0, names: new Set() });
});

it("is the sum of its messages, new and read, and of the folders that an IMAP server keeps in it", async () => {
  const measure = mailboxMeter();
  await new Maildir(path).create();
  await writeFile(join(path, "new/1.a.host"), "12345");
  await writeFile(join(path, "cur/2.b.host:2,S"), "1234567");
  await writeFile(join(path, "tmp/3.c.host"), "not a message yet");
  await writeFile(join(path, "new/.hidden"), "no message");
  await writeFile(join(path, "maildirsize"), "100S");
  await new Maildir(join(path, ".Sent")).create();
  await writeFile(join(path, ".Sent/cur/4.d.host:2,S"), "123");
  await mkdir(join(path, ".nothing"));
  await writeFile(join(path, ".file"), "no folder");
  expect(await measure(path)).toEqual({ bytes: 15, names: new Set(["1.a.host", "2.b.host", "4.d.host"]) });
});

it("takes a size from the name, which another program may have written there", async () => {
  await new Maildir(path).create();
  await writeFile(join(path, "cur/1.a.host,S=4000,W=4100:2,S"), "short");
  await writeFile(join(path, "new/2.b.host,S=70"), "");
  expect((await mailboxMeter()(path)).bytes).toBe(4070);
});

it("sees at once what a reader removes, moves or flags, and what comes", async () => {
  const measure = mailboxMeter();
  await new Maildir(path).create();
  await writeFile(join(path, "new/1.a.host"), "12345");
  await writeFile(join(path, "new/2.b.host"), "1234567");
  expect((await measure(path)).bytes).toBe(12);
  await rename(join(path, "new/1.a.host"), join(path, "cur/1.a.host:2,S"));
  expect((await measure(path)).bytes).toBe(12);
  await rm(join(path, "new/2.b.host"));
  expect((await measure(path)).bytes).toBe(5);
  await writeFile(join(path, "new/3.c.host"), "1");
  expect((await measure(path)).bytes).toBe(6);
});
