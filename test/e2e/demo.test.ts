/** The demo as people run it, and the ways it can end: it must tell the truth and leave nothing behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";

const GUARD = join(import.meta.dirname, "../../qrelay.cjs");
/** The demo's own promise is 30 s; the machine that tests may be busy with others. */
const LONG = 60_000;

interface Demo {
  readonly process: ChildProcess;
  readonly said: { out: string; err: string };
  readonly ended: Promise<number | string>;
}

let demo: Demo | undefined;

afterEach(async () => {
  demo?.process.kill("SIGTERM");
  await demo?.ended;
  demo = undefined;
});

function start(...words: string[]): Demo {
  const child = spawn(process.execPath, [GUARD, "demo", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  demo = { process: child, said, ended };
  return demo;
}

/** Processes whose command line names the demo's folder. */
async function nodesOf(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (words.includes(`${folder}/`) && words.includes("\0run\0")) found.push(Number(pid));
  }
  return found;
}

async function until<T>(what: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await what();
    if (value !== undefined) return value;
    await sleep(50);
  }
}

function folderOf({ said }: Demo): Promise<string> {
  return until(() => /in (\/\S*qrelay-demo-\w+)/.exec(said.out)?.[1]);
}

async function expectNothingLeft(folder: string): Promise<void> {
  await until(async () => ((await nodesOf(folder)).length === 0 ? true : undefined));
  expect(existsSync(folder)).toBe(false);
}

describe.skipIf(!existsSync("/proc/self/cmdline"))("qrelay demo", () => {
  it("--once sends a round of mail that arrives exactly once, and exits 0", { timeout: LONG }, async () => {
    const one = start("--once");
    const folder = await folderOf(one);
    expect({ code: await one.ended, err: one.said.err }).toEqual({ code: 0, err: "" });
    expect(one.said.out).toMatch(/All 16 copies arrived, each exactly once and whole, and nothing else/);
    await expectNothingLeft(folder);
  });

  it("--once --json prints one document and nothing else", { timeout: LONG }, async () => {
    const one = start("--once", "--json");
    expect(await one.ended).toBe(0);
    const report = JSON.parse(one.said.out);
    expect(report).toMatchObject({ ok: true, strays: [], waiting: 0, troubles: [] });
    expect(report.rows).toHaveLength(16);
  });

  it("--once exits 75 and says why when a node is killed", { timeout: LONG }, async () => {
    const one = start("--once");
    const folder = await folderOf(one);
    const pid = await until(async () =>
      one.said.out.includes("window to kabul opens") ? (await nodesOf(folder))[0] : undefined,
    );
    process.kill(pid, "SIGKILL");
    expect(await one.ended).toBe(75);
    expect(one.said.out).toMatch(/The node \w+ (?:ended by itself|did not end well) \(SIGKILL\)/);
    await expectNothingLeft(folder);
  });

  it("stops its nodes and removes its folder when it is terminated", { timeout: LONG }, async () => {
    const one = start();
    const folder = await folderOf(one);
    await until(() => (one.said.out.includes("POP3 PORT") ? true : undefined));
    expect(await nodesOf(folder)).toHaveLength(4);
    one.process.kill("SIGTERM");
    expect(await one.ended).toBe(0);
    await expectNothingLeft(folder);
  });

  it("leaves no node behind when it is terminated while it starts", { timeout: LONG }, async () => {
    const one = start("--once");
    const folder = await folderOf(one);
    await until(async () => ((await nodesOf(folder)).length > 0 ? true : undefined));
    one.process.kill("SIGTERM");
    expect(await one.ended).toBe(75);
    await expectNothingLeft(folder);
  });

  it("leaves no node behind even when it is killed outright", { timeout: LONG }, async () => {
    const one = start("--once");
    const folder = await folderOf(one);
    await until(async () => ((await nodesOf(folder)).length === 4 ? true : undefined));
    one.process.kill("SIGKILL");
    await one.ended;
    await until(async () => ((await nodesOf(folder)).length === 0 ? true : undefined));
    await rm(folder, { recursive: true, force: true });
  });
});
