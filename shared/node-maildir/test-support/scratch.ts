import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Maildir, type MaildirOptions } from "../src/maildir.ts";
import type { MaildirFile } from "../src/maildir-file.ts";

/** An empty directory on the real disk, removed when the test ends. */
export async function scratch(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "node-maildir-"));
  onTestFinished(async () => await rm(path, { recursive: true, force: true }));
  return path;
}

/** A maildir on the real disk, made, empty, removed when the test ends. */
export async function scratchMaildir(options?: MaildirOptions): Promise<Maildir> {
  const maildir = new Maildir(join(await scratch(), "Maildir"), options);
  await maildir.create();
  return maildir;
}

export function bytes(text: string): Uint8Array[] {
  return [Buffer.from(text)];
}

/** The whole message as latin1 text, and the file closed. */
export async function textOf(file: MaildirFile): Promise<string> {
  await using open = file;
  return Buffer.from(await open.read(0, open.size)).toString("latin1");
}
