import { mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { History } from "./history.ts";
import { ROOT } from "./history-state.ts";
import { brokenFolder, newFolder, newLog, tinyDisk } from "./test-disk.ts";

const WINDOW = 1000;

function openHistory(folder: string, window = WINDOW, { log } = newLog()): Promise<History> {
  return History.open(folder, { window, log });
}

async function fill(history: History, count: number, bytes = 100): Promise<string> {
  let tip = history.tip;
  for (let index = 0; index < count; index += 1) tip = await history.append(tip, Buffer.alloc(bytes, `${index} `));
  return tip;
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size - 8);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe("a history", () => {
  it("is the same when it is opened again", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const tip = await fill(history, 5);
    const again = await openHistory(folder);
    expect([again.tip, again.has(tip)]).toEqual([tip, true]);
    expect(again.window(tip)).toEqual(history.window(tip));
    expect(again.window(tip)).toHaveLength(5);
    const next = await again.append(tip, Buffer.from("next"));
    expect((await openHistory(folder)).tip).toBe(next);
  });

  it("keeps two windows of bytes, here and on the disk, and knows its newest state", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const tip = await fill(history, 60);
    expect(await bytesIn(folder)).toBe(2 * WINDOW);
    expect(history.window(tip)).toHaveLength(WINDOW / 100);
    expect((await openHistory(folder)).window(tip)).toEqual(history.window(tip));
  });

  it("keeps what is pinned through newer items and restarts, and gives it up after that", async () => {
    const folder = await newFolder();
    const { log } = newLog();
    const old = await fill(await openHistory(folder), 15);
    let window: Uint8Array[] | undefined;
    for (let restart = 0; restart < 3; restart += 1) {
      const history = await History.open(folder, { window: WINDOW, pins: () => [{ base: old, states: [] }], log });
      window ??= history.window(old);
      await fill(history, 30);
      expect(history.window(old)).toEqual(window);
      expect(history.has(history.tip)).toBe(true);
      // Ten items of the pinned window, and the one where it ends.
      expect(await bytesIn(folder)).toBe(2 * WINDOW + 1100);
    }
    expect(window).toHaveLength(10);
    expect((await openHistory(folder)).has(old)).toBe(false);
    expect(await bytesIn(folder)).toBe(2 * WINDOW);
  });

  it("keeps what is pinned when its items were not last touched in the order of the chain", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const first = await history.append(ROOT, Buffer.alloc(100, "first"));
    const second = await history.append(first, Buffer.alloc(100, "second"));
    const options = { window: WINDOW, pins: () => [{ base: second, states: [] }], log: newLog().log };
    const pinning = await History.open(folder, options);
    await fill(pinning, 25);
    await pinning.append(ROOT, Buffer.alloc(100, "first"));
    const again = await History.open(folder, options);
    expect(again.window(second)).toHaveLength(2);
  });

  it("does not write again what it holds, and has it as the newest, later too", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const first = await history.append(ROOT, Buffer.from("first"));
    await history.append(first, Buffer.from("second"));
    expect(await history.append(ROOT, Buffer.from("first"))).toBe(first);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^0{11}2-/), `000000000003-${first}`]);
    expect([history.tip, (await openHistory(folder)).tip]).toEqual([first, first]);
  });

  it("takes items that come at once in the order of the calls", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const states = await Promise.all(["a", "b", "c"].map((text) => history.append(ROOT, Buffer.from(text))));
    expect((await openHistory(folder)).tip).toBe(states[2]);
    expect((await readdir(folder)).map((name) => name.slice(13))).toEqual(states);
  });

  it("leaves of an item that is longer than the window a mark, which a later session understands", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const tip = await history.append(await history.append(ROOT, Buffer.alloc(5000)), Buffer.from("after"));
    const again = await openHistory(folder);
    expect(again.window(tip)).toEqual([Buffer.from("after")]);
    expect(await bytesIn(folder)).toBeLessThan(50);
  });

  it("is within a window that was made smaller, and begins anew in one that was made larger", async () => {
    const folder = await newFolder();
    const tip = await fill(await openHistory(folder), 30, 200);
    for (const _ of [1, 2]) {
      const small = await openHistory(folder, 150);
      expect([small.has(tip), small.window(tip)]).toEqual([true, []]);
      expect(await bytesIn(folder)).toBeLessThanOrEqual(300);
    }
    const large = await openHistory(folder, 10_000);
    expect([large.has(tip), large.has(ROOT)]).toEqual([false, true]);
    const next = await large.append(ROOT, Buffer.from("next"));
    expect((await openHistory(folder, 10_000)).has(next)).toBe(true);
  });

  it("remembers the confirmed state at flush, and by itself now and then", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const states = Array.from({ length: 40 }, (_, index) => index.toString(16).padStart(16, "0"));
    for (const state of states.slice(1, 32)) history.confirm(state);
    expect((await openHistory(folder)).confirmed).toBe(ROOT);
    history.confirm(states[32] ?? "");
    await history.flush();
    expect((await openHistory(folder)).confirmed).toBe(states[32]);
    history.confirm(states[33] ?? "");
    await history.flush();
    expect((await openHistory(folder)).confirmed).toBe(states[33]);
    expect(await readdir(folder)).toEqual(["confirmed"]);
    await writeFile(join(folder, "confirmed"), "../../../../etc/");
    expect((await openHistory(folder)).confirmed).toBe(ROOT);
  });

  it("is empty after wipe, and goes on", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const tip = await fill(history, 3);
    history.confirm(tip);
    await history.wipe();
    expect([history.tip, history.confirmed, history.has(tip), await readdir(folder)]).toEqual([ROOT, ROOT, false, []]);
    const next = await history.append(ROOT, Buffer.from("x"));
    expect((await openHistory(folder)).tip).toBe(next);
  });
});

describe("a history that is off", () => {
  it("removes what is there, writes nothing and knows only its beginning", async () => {
    const folder = join(await newFolder(), "sent");
    await fill(await openHistory(folder), 3);
    const off = await openHistory(folder, 0);
    const state = await off.append(ROOT, Buffer.from("x"));
    off.confirm(state);
    await off.flush();
    await expect(stat(folder)).rejects.toThrow("ENOENT");
    expect([off.tip, off.confirmed, off.window(ROOT), off.has(ROOT), off.has(state)]).toEqual([
      ROOT,
      ROOT,
      [],
      true,
      false,
    ]);
  });
});

describe("a damaged history", () => {
  async function damaged(harm: (path: string, content: Buffer) => Promise<void>, long = false) {
    const folder = await newFolder();
    const history = await openHistory(folder, 50);
    const first = await history.append(ROOT, Buffer.from("first"));
    const second = await history.append(first, long ? Buffer.alloc(60) : Buffer.from("second"));
    const [, name = ""] = (await readdir(folder)).sort();
    await harm(join(folder, name), await readFile(join(folder, name)));
    const told = newLog();
    const again = await openHistory(folder, 50, told);
    expect([again.has(first), again.has(second), again.tip]).toEqual([true, false, first]);
    expect(told.lines).toMatchObject([{ event: "history-damaged", fields: { files: 1 } }]);
    expect((await readdir(folder)).map((left) => left.slice(13))).toEqual([first]);
  }
  const LENGTHS = { item: 8 + "second".length, mark: 8 + 6 + 8 };

  it("goes on from before the gap when the damage is in its middle, and newer items never take an old number", async () => {
    const folder = await newFolder();
    const history = await openHistory(folder);
    const states: string[] = [];
    for (let index = 0; index < 8; index += 1) states.push(await history.append(history.tip, Buffer.from(`${index}`)));
    await truncate(join(folder, `000000000005-${states[4]}`), 3);
    const again = await openHistory(folder);
    expect([again.tip, again.has(again.tip), again.window(again.tip)?.length]).toEqual([states[3], true, 4]);
    const next = await again.append(again.tip, Buffer.from("next"));
    expect(await readdir(folder)).toContain(`000000000009-${next}`);
    expect((await openHistory(folder)).tip).toBe(next);
  });

  it.each([false, true])("loses a file that is torn at any byte (long: %s)", async (long) => {
    const length = long ? LENGTHS.mark : LENGTHS.item;
    for (let at = 0; at < length; at += 1) await damaged((path) => truncate(path, at), long);
  });

  it.each([false, true])("loses a file with any byte flipped (long: %s)", async (long) => {
    const length = long ? LENGTHS.mark : LENGTHS.item;
    for (let at = 0; at < length; at += 1)
      await damaged((path, content) => {
        content[at] = (content[at] ?? 0) ^ 0x10;
        return writeFile(path, content);
      }, long);
  });

  it("loses a file that is much too long, without reading it", () => damaged((path) => truncate(path, 1e12)));

  it("leaves alone what is not its own", async () => {
    const folder = await newFolder();
    for (const name of ["x", "000000000001-zz", "0-0123456789abcdef"]) await writeFile(join(folder, name), "");
    await mkdir(join(folder, "lost+found"));
    const told = newLog();
    await openHistory(folder, WINDOW, told);
    expect([(await readdir(folder)).length, told.lines]).toEqual([4, []]);
  });
});

describe("a history on a disk that fails", () => {
  it("goes on in memory, with one log line", async () => {
    const told = newLog();
    const history = await openHistory(await brokenFolder(), WINDOW, told);
    const tip = await fill(history, 30);
    history.confirm(tip);
    await history.flush();
    expect([history.tip, history.has(tip), history.confirmed]).toEqual([tip, true, tip]);
    expect(told.lines).toMatchObject([
      { event: "link-store-trouble", fields: { text: expect.stringMatching(/ENOTDIR/) } },
    ]);
  });

  it("that is full keeps what it has, and is whole up to there in the next session", async ({ skip }) => {
    const disk = await tinyDisk();
    if (disk === undefined) return skip("no file system can be mounted here");
    const told = newLog();
    const history = await openHistory(disk, 1_000_000, told);
    const tip = await fill(history, 30, 5000);
    expect([history.has(tip), told.lines.length]).toEqual([true, 1]);
    expect(told.lines).toMatchObject([
      { event: "link-store-trouble", fields: { text: expect.stringMatching(/ENOSPC/) } },
    ]);
    const again = await openHistory(disk, 1_000_000);
    expect(again.tip).not.toBe(ROOT);
    expect(again.has(again.tip)).toBe(true);
  });
});
