/** What the scenes have in common: a folder that goes away with the test, and qmail hosts in it. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { killAll, makeStar, type NodeProcess, type Star, type StarOptions, startNode } from "../support/star.ts";
import type { CorpusMessage } from "./corpus.ts";
import { enqueue, maildirqmtp, qmailHome, qmailLocal, type StockServer, startQmtpd } from "./stand-ins.ts";
import { expectUnchanged, senderOf } from "./unchanged.ts";

/** An empty folder; it is removed, and every node that runs is killed, when the test ends. */
export async function scene(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "qrelay-interop-"));
  onTestFinished(async () => {
    await killAll();
    await rm(dir, { recursive: true, force: true });
  });
  return dir;
}

export interface Hub {
  readonly star: Star;
  readonly hub: NodeProcess;
  readonly at: { readonly host: string; readonly port: number };
}

/** A star in `dir` with its hub running; `at` is its QMTP listener. */
export async function runningHub(dir: string, options: Omit<StarOptions, "dir">): Promise<Hub> {
  const star = await makeStar({ dir, ...options });
  const hub = await startNode("hub", star.hub);
  return { star, hub, at: { host: "127.0.0.1", port: hub.port("qmtp") } };
}

/** A qmail host that takes mail by QMTP. */
export async function stockHost(
  dir: string,
  name: string,
  options: { control?: Record<string, string>; env?: Record<string, string>; host?: string; port?: number } = {},
): Promise<StockServer & { readonly home: string }> {
  const home = await qmailHome(join(dir, name), options.control);
  const server = await startQmtpd(home, options.env, options.host, options.port);
  onTestFinished(() => server.close());
  return { ...server, home };
}

/** A qmail host with these messages in a Maildir, as qmail-local writes it. */
export async function filledMaildir(
  dir: string,
  messages: readonly { sender: string; text: Buffer }[],
  to: readonly string[],
  prefix = "",
): Promise<{ home: string; maildir: string }> {
  const home = await qmailHome(join(dir, `stock-${Math.random().toString(36).slice(2)}`));
  const maildir = join(home, "Maildir");
  await mkdir(maildir);
  await enqueue(
    home,
    messages.map(({ sender, text }) => ({ sender, recipients: to, text })),
  );
  await qmailLocal(home, maildir, prefix);
  return { home, maildir };
}

/** maildirqmtp drains these messages into `at`; it must not leave any. */
export async function sendByMaildirqmtp(
  dir: string,
  messages: readonly { sender: string; text: Buffer }[],
  to: readonly string[],
  at: { readonly host: string; readonly port: number },
  source?: string,
): Promise<void> {
  const { home, maildir } = await filledMaildir(dir, messages, to, "hub-");
  const ran = await maildirqmtp(home, maildir, at, { prefix: "hub-", ...(source === undefined ? {} : { source }) });
  expect(ran, ran.err).toMatchObject({ code: 0 });
  expect(await filesIn(maildir)).toEqual([]);
}

/** What qmail-local wrote becomes a queue of ours, names and bytes as they are. */
export async function asQueue(maildir: string, queue: string): Promise<void> {
  await cp(join(maildir, "new"), join(queue, "new"), { recursive: true, preserveTimestamps: true });
}

/** Writes a key of hub.toml or spoke.toml above everything else. */
export async function configure(file: string, line: string): Promise<void> {
  await writeFile(file, `${line}\n${await readFile(file, "utf8")}`);
}

/** The files of a Maildir, as bytes. */
export async function filesIn(maildir: string): Promise<Buffer[]> {
  const files: Buffer[] = [];
  for (const folder of ["new", "cur"]) {
    const names = await readdir(join(maildir, folder)).catch(() => []);
    for (const name of names.sort()) files.push(await readFile(join(maildir, folder, name)));
  }
  return files;
}

/** Every message is there once, with nothing but trace lines above it. */
export function expectCorpus(
  stored: readonly { sender: string; text: Buffer }[],
  messages: readonly CorpusMessage[],
  received: number,
): void {
  expect(stored.map(({ sender }) => sender).sort()).toEqual(messages.map(({ sender }) => sender).sort());
  for (const { sender, text, kind } of messages) {
    const found = stored.find((one) => one.sender === sender);
    if (found !== undefined) expectUnchanged(found.text, text, { received }, `${sender} (${kind})`);
  }
}

/** The mailbox of a person, as `expectCorpus` takes it. */
export async function delivered(dir: string, name: string): Promise<{ sender: string; text: Buffer }[]> {
  return (await filesIn(join(dir, "mailboxes", name, "Maildir"))).map((text) => ({ sender: senderOf(text), text }));
}
