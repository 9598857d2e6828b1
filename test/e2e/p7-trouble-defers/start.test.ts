/** Rows D8 and D9: what is wrong with the folder at the start is said, with its cure; mail in the queues stays. */

import { once } from "node:events";
import { chmodSync, chownSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, qrelay } from "../../support/star.ts";
import { letter, useStar } from "../scene.ts";

const scene = useStar({ offices: ["mazar"], people: { bob: "kabul", holly: "mazar" }, running: [] });

async function refusal(name: string): Promise<{ code: number | string; err: string }> {
  const { code, err } = await qrelay([name === "hub" ? "hub" : "spoke", "run", "--dir", scene.folder(name)]);
  return { code, err };
}

/** A sentence for people: no stack, and it names what is wrong. */
function expectSaid(err: string, what: RegExp): void {
  expect(err).toMatch(what);
  expect(err).not.toMatch(/\n\s+at /);
}

describe("a node whose folder", () => {
  it("is missing says how to make it", async () => {
    const hub = await qrelay(["hub", "run", "--dir", join(scene.dir, "nowhere")]);
    expect(hub.code).toBe(78);
    expectSaid(hub.err, /nowhere.*hub init/s);
    const spoke = await qrelay(["spoke", "run", "--dir", join(scene.dir, "nowhere")]);
    expect(spoke.code).toBe(78);
    expectSaid(spoke.err, /nowhere.*spoke join/s);
  });

  it("has a port that somebody else holds says which", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const toml = join(scene.star.hub, "hub.toml");
    const text = await readFile(toml, "utf8");
    await writeFile(toml, text.replace('smtp.listen = "127.0.0.1:0"', `smtp.listen = "127.0.0.1:${port}"`));
    const { code, err } = await refusal("hub");
    await writeFile(toml, text);
    holder.close();
    expect(code).not.toBe(0);
    expectSaid(err, new RegExp(`127\\.0\\.0\\.1:${port}.*another program`));
  });

  it("has a file where a queue should be says so", async () => {
    const queue = join(scene.star.hub, "queue/office/mazar");
    renameSync(queue, `${queue}.away`);
    writeFileSync(queue, "");
    const { code, err } = await refusal("hub");
    rmSync(queue);
    renameSync(`${queue}.away`, queue);
    expect(code).not.toBe(0);
    expectSaid(err, /queue\/office\/mazar/);
  });

  it("has a queue missing makes it anew", async () => {
    rmSync(join(scene.star.hub, "queue/office/mazar"), { recursive: true });
    await scene.start("hub");
    await scene.send("hub", "friend@outside.example", "holly@example.org", letter("new queue"));
    await scene.waiting("hub", "office/mazar", "new queue");
    expect(await scene.stop("hub")).toBe(0);
  });

  it.runIf(process.getuid?.() === 0)("belongs to somebody else says whose it is", async () => {
    const { hub } = scene.star;
    const run = (): Promise<{ code: number | string; err: string }> => asNobody(["hub", "run", "--dir", hub]);
    chmodSync(scene.dir, 0o755);
    for (const path of [hub, join(hub, "hub.toml"), join(hub, "directory.db")]) chownSync(path, NOBODY, NOBODY);
    const { code, err } = await run();
    for (const path of [hub, join(hub, "hub.toml"), join(hub, "directory.db")]) chownSync(path, 0, 0);
    expect(code).not.toBe(0);
    expectSaid(err, /queue|permission|EACCES/);
  });

  it("has a queue that is a symlink works with it or says so", async () => {
    const queue = join(scene.star.hub, "queue/office/mazar");
    renameSync(queue, `${queue}.away`);
    symlinkSync(`${queue}.away`, queue);
    const { code, err } = await endOrReady("hub");
    rmSync(queue);
    renameSync(`${queue}.away`, queue);
    if (code !== "ready") expectSaid(err, /queue\/office\/mazar/);
  });
});

const NOBODY = 65534;

async function asNobody(words: readonly string[]): Promise<{ code: number | string; err: string }> {
  const { execFile } = await import("node:child_process");
  const { NODE, ROOT } = await import("../../support/node-process.ts");
  return new Promise((resolve) => {
    const options = { uid: NOBODY, gid: NOBODY, cwd: ROOT, timeout: 20_000 };
    execFile(NODE, [join(ROOT, "qrelay.cjs"), ...words], options, (error, _out, err) => {
      resolve({ code: error?.code ?? error?.signal ?? 0, err });
    });
  });
}

async function endOrReady(name: string): Promise<{ code: number | string; err: string }> {
  try {
    await scene.start(name);
    await scene.stop(name);
    return { code: "ready", err: "" };
  } catch (error) {
    return { code: 1, err: String(error) };
  }
}

/** Row D9: one byte turned over in the middle of a page. */
async function flipByte(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const { size } = await file.stat();
  const where = Math.min(at, size - 1);
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, where);
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, where);
  await file.close();
}

describe("a database with a damaged byte", () => {
  it.each([
    ["hub", "directory.db"],
    ["mazar", "spoke.db"],
  ])(
    "at %s is found at the start, or harms nothing: no mail is lost and none is invented",
    async (name, file) => {
      const path = join(scene.folder(name), file);
      await rm(`${path}-wal`);
      const whole = await readFile(path);
      for (const at of [100, 8192 + 3, Math.floor(whole.length / 2)]) {
        await writeFile(path, whole);
        await flipByte(path, at);
        const { code, err } = await endOrReady(name);
        if (code !== "ready") expectSaid(err, new RegExp(file.replace(".", "\\.")));
        await rm(`${path}-wal`);
      }
      await writeFile(path, whole);
      await scene.start(name);
      expect(await scene.stop(name)).toBe(0);
    },
    120_000,
  );

  it("has cost no letter", async () => {
    await scene.start("hub");
    await scene.start("mazar");
    await scene.send("hub", "friend@outside.example", "holly@example.org", letter("after the damage"));
    await eventually(async () => {
      await scene.flush("mazar");
      return scene.count("mazar", { person: "holly" }, "after the damage");
    });
  });
});

async function rm(path: string): Promise<void> {
  rmSync(path, { force: true });
  rmSync(path.replace(/-wal$/, "-shm"), { force: true });
}
