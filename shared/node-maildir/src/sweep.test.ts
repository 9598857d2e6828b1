import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytes, scratchMaildir } from "../test-support/scratch.ts";
import { nodeFs } from "./fs.ts";
import type { Maildir } from "./maildir.ts";
import { DEATH_MS, isLeftover, OSSIFIED_MS, Sweeper } from "./sweep.ts";

const HOUR = 3_600_000;
const NOW = Date.now();

describe("sweep", () => {
  it("removes what was neither written nor read for 36 hours, and nothing else", async () => {
    const maildir = await scratchMaildir();
    await leave(maildir, "old", -37 * HOUR, -37 * HOUR);
    await leave(maildir, "young", -35 * HOUR, -35 * HOUR);
    await leave(maildir, "read lately", -99 * HOUR, -1 * HOUR);
    await leave(maildir, "written lately", -1 * HOUR, -99 * HOUR);
    await mkdir(join(maildir.path, "tmp", "directory"));
    expect(await maildir.sweep()).toBe(1);
    expect(await left(maildir)).toEqual(["directory", "read lately", "written lately", "young"]);
  });

  it("removes 1,000 leftovers", async () => {
    const maildir = await scratchMaildir();
    const names = Array.from({ length: 1000 }, (_, index) => `left-${index}`);
    await Promise.all(names.map((name) => leave(maildir, name, -40 * HOUR, -40 * HOUR)));
    expect(await maildir.sweep()).toBe(1000);
    expect(await left(maildir)).toEqual([]);
  });

  it("keeps a file that this process holds, however old it looks", async () => {
    const maildir = await scratchMaildir();
    const draft = await maildir.draft(bytes("slow"), "live");
    await leave(maildir, "live", -99 * HOUR, -99 * HOUR);
    expect(await maildir.sweep()).toBe(0);
    await draft.commit();
    expect((await maildir.list()).map(({ name }) => name)).toEqual(["live"]);
  });

  it("keeps files of 1970 and of the future until it has seen them unchanged for 36 hours", async () => {
    const maildir = await scratchMaildir();
    await leave(maildir, "from 1970", -NOW, -NOW);
    await leave(maildir, "from the future", 9000 * HOUR, 9000 * HOUR);
    expect(await maildir.sweep()).toBe(0);

    const sweeper = new Sweeper();
    const box = { fs: nodeFs, path: maildir.path, now: () => NOW, uniqueName: () => "unused" };
    expect(await sweeper.sweep(box, () => 0)).toBe(0);
    await writeFile(join(maildir.path, "tmp", "from the future"), "it grows, so somebody writes it");
    await leave(maildir, "from the future", 9000 * HOUR, 9000 * HOUR);
    expect(await sweeper.sweep(box, () => 20 * HOUR)).toBe(0);
    expect(await sweeper.sweep(box, () => OSSIFIED_MS + 1)).toBe(1);
    expect(await left(maildir)).toEqual(["from the future"]);
    expect(await sweeper.sweep(box, () => 20 * HOUR + OSSIFIED_MS + 1)).toBe(1);
  });
});

describe("the age of a leftover", () => {
  it("lies beyond the longest delivery", () => {
    expect(OSSIFIED_MS).toBeGreaterThan(DEATH_MS);
  });

  it("is not believed while the wall clock is not set", () => {
    const status = { isFile: () => true, isDirectory: () => false, size: 0, mtimeMs: 1000, atimeMs: 1000 };
    expect(isLeftover(status, 90 * HOUR, 0)).toBe(false);
    expect(isLeftover(status, 90 * HOUR, OSSIFIED_MS + 1)).toBe(true);
  });
});

/** A file in tmp/ whose times lie so many milliseconds from now. */
async function leave(maildir: Maildir, name: string, mtimeMs: number, atimeMs: number): Promise<void> {
  const path = join(maildir.path, "tmp", name);
  await writeFile(path, "left", { flag: "a" });
  await utimes(path, (NOW + atimeMs) / 1000, (NOW + mtimeMs) / 1000);
}

async function left(maildir: Maildir): Promise<string[]> {
  return (await readdir(join(maildir.path, "tmp"))).sort();
}
