import { mkdir, readdir, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OutgoingParcels } from "./outgoing.ts";
import { brokenFolder, newFolder, newLog, tinyDisk } from "./test-disk.ts";

const KB = 1024;
const MB = KB * KB;
const idOf = (number: number): string => number.toString(16).padStart(16, "0");

describe("encoded parcels that were begun", () => {
  it("are there in the next session, until they are dropped", async () => {
    const folder = await newFolder();
    const parcels = await OutgoingParcels.open(folder);
    await parcels.save(idOf(1), Buffer.from("first"));
    await parcels.save(idOf(1), Buffer.from("first again"));
    const again = await OutgoingParcels.open(folder);
    expect([again.has(idOf(1)), again.has(idOf(2))]).toEqual([true, false]);
    expect(await load(again, idOf(1))).toEqual({ encoded: Buffer.from("first again") });
    expect(await load(again, idOf(2))).toBeUndefined();
    await again.drop(idOf(1));
    expect([again.has(idOf(1)), await load(again, idOf(1)), await readdir(folder)]).toEqual([false, undefined, []]);
  });

  it("are all gone after clear", async () => {
    const folder = await newFolder();
    const parcels = await OutgoingParcels.open(folder);
    for (const number of [1, 2, 3]) await parcels.save(idOf(number), Buffer.from("x"));
    await parcels.clear();
    expect([parcels.has(idOf(1)), await readdir(folder)]).toEqual([false, []]);
  });

  it("are 256 at most; the longest untouched go, also those of earlier sessions", async () => {
    const folder = await newFolder();
    const before = await OutgoingParcels.open(folder);
    for (let number = 0; number < 256; number += 1) await before.save(idOf(number), Buffer.from("x"));
    await utimes(join(folder, idOf(200)), 1, 1);
    const parcels = await OutgoingParcels.open(folder);
    await parcels.save(idOf(1000), Buffer.from("x"));
    expect([parcels.has(idOf(200)), parcels.has(idOf(1000))]).toEqual([false, true]);
    expect(await readdir(folder)).toHaveLength(256);
  });

  it("have 256 MB at most", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, idOf(1)), "");
    await writeFile(join(folder, idOf(2)), "");
    await truncate(join(folder, idOf(1)), 200 * MB);
    await truncate(join(folder, idOf(2)), 50 * MB);
    await utimes(join(folder, idOf(1)), 1, 1);
    const parcels = await OutgoingParcels.open(folder);
    await parcels.save(idOf(3), Buffer.alloc(10 * MB));
    expect([1, 2, 3].map((number) => parcels.has(idOf(number)))).toEqual([false, true, true]);
  });

  it("a folder's other files, and what a crash left of a save, are removed at open", async () => {
    const folder = await newFolder();
    await (await OutgoingParcels.open(folder)).save(idOf(1), Buffer.from("x"));
    for (const name of ["x", `${idOf(2)}.tmp`, "0123456789ABCDEF"]) await writeFile(join(folder, name), "torn");
    await writeFile(join(folder, idOf(3)), "");
    await mkdir(join(folder, "folder"));
    await OutgoingParcels.open(folder);
    expect(await readdir(folder)).toEqual([idOf(1)]);
  });

  it("that cannot be read any more are as if they were not there", async () => {
    const folder = await newFolder();
    const { lines, log } = newLog();
    const parcels = await OutgoingParcels.open(folder, log);
    await parcels.save(idOf(1), Buffer.from("x"));
    await (await OutgoingParcels.open(folder)).clear();
    expect([await load(parcels, idOf(1)), parcels.has(idOf(1)), lines.length]).toEqual([undefined, false, 1]);
  });
});

describe("encoded parcels on a disk that fails", () => {
  it("are not kept, and that is one log line", async () => {
    const { lines, log } = newLog();
    const parcels = await OutgoingParcels.open(await brokenFolder(), log);
    await parcels.save(idOf(1), Buffer.from("x"));
    await parcels.drop(idOf(1));
    await parcels.clear();
    expect([parcels.has(idOf(1)), await load(parcels, idOf(1))]).toEqual([false, undefined]);
    expect(lines).toMatchObject([{ event: "link-store-trouble" }]);
  });

  it("that is full keep what was whole, and nothing torn", async ({ skip }) => {
    const disk = await tinyDisk();
    if (disk === undefined) return skip("no file system can be mounted here");
    const { lines, log } = newLog();
    const parcels = await OutgoingParcels.open(disk, log);
    await parcels.save(idOf(1), Buffer.alloc(30 * KB, 1));
    await parcels.save(idOf(2), Buffer.alloc(60 * KB, 2));
    expect([parcels.has(idOf(2)), await readdir(disk), lines.length]).toEqual([false, [idOf(1)], 1]);
    expect(await load(parcels, idOf(1))).toEqual({ encoded: Buffer.alloc(30 * KB, 1) });
    await parcels.save(idOf(3), Buffer.alloc(20 * KB, 3));
    expect((await OutgoingParcels.open(disk)).has(idOf(3))).toBe(true);
  });
});

describe("an encoded parcel's id that is none", () => {
  it.each(["", "..", "../../x", "0123456789ABCDEF"])("%j never becomes a path", async (id) => {
    const parcels = await OutgoingParcels.open(await newFolder());
    for (const call of [() => parcels.save(id, Buffer.from("x")), () => load(parcels, id), () => parcels.drop(id)])
      await expect(call()).rejects.toThrow("wanted 16 hex digits");
    expect(parcels.has(id)).toBe(false);
  });
});

async function load(parcels: OutgoingParcels, id: string): Promise<{ encoded: Buffer } | undefined> {
  const file = await parcels.open(id);
  if (file === undefined) return undefined;
  const encoded = Buffer.from(file.piece(0, file.length));
  file.close();
  return { encoded };
}
