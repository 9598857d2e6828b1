import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksumOf } from "#shared/link/checksum.js";
import type { ParcelHeader } from "#shared/link/parcel.js";
import { parcelId } from "#shared/link/wire/parcel-head.js";
import { type IncomingHead, IncomingParcels } from "./incoming.ts";
import { readHead, writeHead } from "./incoming-head.ts";
import { brokenFolder, newFolder, newLog, tinyDisk } from "./test-disk.ts";

const KB = 1024;
const MB = KB * KB;

function header(number: number): ParcelHeader {
  const mailId = String(number).padStart(16, "A");
  const common = {
    kind: "mail",
    sender: "omid@example.org",
    class: "normal",
    size: 5000,
    fields: { "x-y": "z" },
  } as const;
  const recipients = [{ address: "leyla@kabul.example.org", notify: "NEVER" }, { address: "omid@example.org" }];
  return { ...common, mailId, recipients, checksum: checksumOf(Buffer.from(mailId)) };
}

function parcel(number: number, encodedLength = 4000): { id: string; head: IncomingHead } {
  const base = { own: "1".repeat(16), other: "2".repeat(16) };
  const encoding = { unwrapped: true, codec: "mixing" } as const;
  const head: IncomingHead = { header: header(number), encoding, encodedLength, base, states: ["3".repeat(16)] };
  return { id: parcelId(head.header), head };
}

/** One parcel that is partly here after a session. */
async function keep(parcels: IncomingParcels, number: number, body: Uint8Array, length?: number): Promise<string> {
  const { id, head } = parcel(number, length);
  expect(await parcels.begin(id, head)).toBeUndefined();
  expect(await parcels.write(id, body)).toBeUndefined();
  return id;
}

const everything = (): boolean => true;

describe("parcels that are partly here", () => {
  it("are there with head, length and checksum in the next session, and go on from there", async () => {
    const folder = await newFolder();
    const parcels = await IncomingParcels.open(folder);
    const bytes = Buffer.from("0123456789".repeat(100));
    const id = await keep(parcels, 1, bytes.subarray(0, 300));
    await parcels.write(id, bytes.subarray(300, 500));
    await parcels.endSession();
    const have = [{ id, offset: 500, checksum: checksumOf(bytes.subarray(0, 500)) }];
    expect(parcels.list(everything)).toEqual(have);

    const again = await IncomingParcels.open(folder);
    expect(again.list(everything)).toEqual(have);
    expect(again.list(() => false)).toEqual([]);
    expect(again.get(id)).toMatchObject({ head: parcel(1).head, offset: 500 });
    expect(await again.write(id, bytes.subarray(500))).toBeUndefined();
    expect(await again.body(id)).toEqual(bytes);
    await again.drop(id);
    expect([again.get(id), await readdir(folder)]).toEqual([undefined, []]);
  });

  it("begin anew when they are begun again", async () => {
    const parcels = await IncomingParcels.open(await newFolder());
    const id = await keep(parcels, 1, Buffer.alloc(1000, "x"));
    await keep(parcels, 1, Buffer.from("new"));
    expect(await parcels.body(id)).toEqual(Buffer.from("new"));
    await parcels.endSession();
  });

  it("are not kept for less than 256 bytes, and not at all after clear", async () => {
    const folder = await newFolder();
    const parcels = await IncomingParcels.open(folder);
    await keep(parcels, 1, Buffer.alloc(255));
    const id = await keep(parcels, 2, Buffer.alloc(256));
    await parcels.endSession();
    expect((await readdir(folder)).sort()).toEqual([`${id}.body`, `${id}.head`]);
    await parcels.clear();
    expect([await readdir(folder), parcels.list(everything)]).toEqual([[], []]);
  });

  it("are 64 at most from one session to the next; the longest untouched go", async () => {
    const folder = await newFolder();
    let parcels = await IncomingParcels.open(folder);
    const ids: string[] = [];
    for (let number = 0; number < 60; number += 1) ids.push(await keep(parcels, number, Buffer.alloc(300)));
    await parcels.endSession();
    parcels = await IncomingParcels.open(folder);
    await parcels.write(ids[0] ?? "", Buffer.alloc(10));
    const newer: string[] = [];
    for (let number = 60; number < 80; number += 1) newer.push(await keep(parcels, number, Buffer.alloc(300)));
    await parcels.endSession();
    const left = (await IncomingParcels.open(folder)).list(everything).map(({ id }) => id);
    expect(left).toHaveLength(64);
    expect(left).toEqual(expect.arrayContaining([ids[0], ...newer]));
  });

  it("have 64 MB at most; what comes at once beyond it is refused, but for one alone", async () => {
    const folder = await newFolder();
    let parcels = await IncomingParcels.open(folder);
    const old = await keep(parcels, 1, Buffer.alloc(40 * MB), 100 * MB);
    await parcels.endSession();
    parcels = await IncomingParcels.open(folder);
    const large = await keep(parcels, 2, Buffer.alloc(40 * MB), 100 * MB);
    expect(parcels.get(old)).toBeUndefined();
    expect(await parcels.write(large, Buffer.alloc(30 * MB))).toBeUndefined();
    const { id, head } = parcel(3);
    await parcels.begin(id, head);
    expect(await parcels.write(id, Buffer.alloc(1))).toMatch(/67108864 bytes/);
    await parcels.endSession();
  });
});

describe("what is damaged of a parcel that is partly here", () => {
  async function afterHarm(harm: (folder: string, id: string) => Promise<unknown>): Promise<number> {
    const folder = await newFolder();
    const parcels = await IncomingParcels.open(folder);
    const id = await keep(parcels, 1, Buffer.alloc(400, "x"));
    await parcels.endSession();
    await harm(folder, id);
    const again = await IncomingParcels.open(folder);
    const files = await readdir(folder);
    expect(files).toHaveLength(2 * again.list(everything).length);
    return again.list(everything)[0]?.offset ?? -1;
  }

  it("is dropped with a head that is torn at any byte", async () => {
    const { head } = parcel(1);
    const text = writeHead({ head, session: 1 });
    expect(readHead(text)).toEqual({ head, session: 1 });
    for (let at = 0; at < text.length; at += 1) expect(readHead(text.slice(0, at))).toBeUndefined();
    for (const at of [0, 1, text.length - 1])
      expect(await afterHarm((folder, id) => truncate(join(folder, `${id}.head`), at))).toBe(-1);
  });

  it("is dropped with a head that has any byte changed: an address is never another one", () => {
    const text = Buffer.from(writeHead({ head: parcel(1).head, session: 1 }));
    const change = fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(change, ([at, mask]) => {
        const changed = Buffer.from(text);
        changed[at] = (changed[at] ?? 0) ^ mask;
        expect(readHead(changed.toString("utf8"))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it("is dropped with a head of another parcel, or one of what no peer can have sent", async () => {
    const other = writeHead({ head: parcel(2).head, session: 1 });
    expect(await afterHarm((folder, id) => writeFile(join(folder, `${id}.head`), other))).toBe(-1);
    const { head } = parcel(1);
    for (const wrong of [
      { ...head, encodedLength: -1 },
      { ...head, base: { own: "..", other: ".." } },
    ])
      expect(readHead(writeHead({ head: wrong, session: 1 }))).toBeUndefined();
  });

  it("goes on from what there is of a body that is torn, at any byte", async () => {
    for (const at of [1, 2, 255, 256, 399]) {
      expect(await afterHarm((folder, id) => truncate(join(folder, `${id}.body`), at))).toBe(at);
    }
    expect(await afterHarm((folder, id) => truncate(join(folder, `${id}.body`), 0))).toBe(-1);
  });

  it("is dropped with a body that is too long, a body alone, and files that are none of ours", async () => {
    expect(await afterHarm((folder, id) => truncate(join(folder, `${id}.body`), 1e12))).toBe(-1);
    expect(await afterHarm((folder) => writeFile(join(folder, "0123456789abcdef.body"), "alone"))).toBe(400);
    expect(await afterHarm((folder) => writeFile(join(folder, "0123456789abcdef.head"), "{}"))).toBe(400);
    expect(await afterHarm((folder) => mkdir(join(folder, "x.head")))).toBe(400);
    expect(await afterHarm((folder, id) => writeFile(join(folder, `${id}.next`), "torn"))).toBe(400);
  });
});

describe("parcels on a disk that fails", () => {
  it("are a problem to the caller, not an error, and one log line", async () => {
    const { lines, log } = newLog();
    const parcels = await IncomingParcels.open(await brokenFolder(), log);
    const { id, head } = parcel(1);
    expect(await parcels.begin(id, head)).toMatch(/ENOTDIR/);
    expect(await parcels.write(id, Buffer.from("x"))).toBe("nothing of it is here");
    await parcels.drop(id);
    await parcels.clear();
    await parcels.endSession();
    expect(parcels.list(everything)).toEqual([]);
    expect(lines).toMatchObject([{ event: "link-store-trouble" }]);
  });

  it("that is full keep what was here before, and go on when there is room again", async ({ skip }) => {
    const disk = await tinyDisk();
    if (disk === undefined) return skip("no file system can be mounted here");
    const { lines, log } = newLog();
    const parcels = await IncomingParcels.open(disk, log);
    const id = await keep(parcels, 1, Buffer.alloc(20 * KB, "a"), 100 * KB);
    expect(await parcels.write(id, Buffer.alloc(100 * KB, "b"))).toMatch(/ENOSPC/);
    expect(await parcels.body(id)).toEqual(Buffer.alloc(20 * KB, "a"));
    expect(await parcels.write(id, Buffer.from("c"))).toBeUndefined();
    await parcels.endSession();
    expect((await IncomingParcels.open(disk)).list(everything)).toMatchObject([{ offset: 20 * KB + 1 }]);
    expect(await readFile(join(disk, `${id}.body`), "latin1")).toMatch(/^a{20480}c$/);
    expect(lines).toHaveLength(1);
  });
});

describe("a parcel's id that is none", () => {
  it.each(["..", "../../../queue/new", "0123456789ABCDEF"])("%j never becomes a path", async (id) => {
    const parcels = await IncomingParcels.open(await newFolder());
    const calls = [
      () => parcels.begin(id, parcel(1).head),
      () => parcels.write(id, Buffer.from("x")),
      () => parcels.body(id),
      () => parcels.drop(id),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow("wanted 16 hex digits");
  });
});
