import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Delivered } from "./carriage.ts";

export const run = promisify(execFile);

/** Whether `program` can be started here at all. */
export function isInstalled(program: string): Promise<boolean> {
  return run(program, ["--version"]).then(
    () => true,
    (error) => (error as NodeJS.ErrnoException).code !== "ENOENT",
  );
}

/** Runs a program with `input` as its standard input. */
export async function feed(program: string, words: readonly string[], input: Buffer): Promise<void> {
  const child = spawn(program, words, { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(input);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${code}`);
}

/** A folder below `dir` with one for each of the two machines. */
export async function twoMachines(dir: string, name: string): Promise<{ root: string; hub: string; office: string }> {
  const root = await mkdtemp(join(dir, `${name}-`));
  await chmod(root, 0o755);
  const [hub, office] = [join(root, "hub"), join(root, "herat")];
  for (const one of [hub, office]) await mkdir(join(one, "spool"), { recursive: true });
  return { root, hub, office };
}

/** The office's delivery program: keeps its standard input, after `filter`, as one file of `mail`. */
export async function writeDelivery(program: string, mail: string, filter = "cat"): Promise<void> {
  await mkdir(mail, { recursive: true });
  await writeFile(program, `#!/bin/sh\nexec ${filter} > "$(mktemp '${mail}/XXXXXXXXXX')"\n`, { mode: 0o755 });
}

/** @param split  the messages of one delivered file */
export async function deliveredIn(mail: string, split: (file: Buffer) => readonly Buffer[]): Promise<Delivered> {
  const files = await Promise.all((await readdir(mail)).map((name) => readFile(join(mail, name))));
  const all = files.flatMap(split);
  const once = new Map(all.map((text) => [createHash("sha256").update(text).digest("hex"), text.length]));
  const bytes = [...once.values()].reduce((sum, size) => sum + size, 0);
  return { messages: once.size, bytes, doubled: all.length - once.size };
}

/** Runs a caller until it ends, `ms` have passed or `isDone` says so. */
export async function callFor(
  program: string,
  words: readonly string[],
  ms: number,
  isDone: () => Promise<boolean> = async () => false,
): Promise<void> {
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "ignore"] });
  const ended = once(child, "exit");
  const end = performance.now() + ms;
  const look = setInterval(() => {
    void isDone().then((done) => (done || performance.now() > end) && child.kill("SIGTERM"));
  }, 50);
  await ended.finally(() => clearInterval(look));
}
