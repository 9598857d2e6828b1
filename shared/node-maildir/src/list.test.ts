import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchMaildir } from "../test-support/scratch.ts";
import type { Maildir } from "./maildir.ts";

/** As other programs write them. */
const QMAIL = "1753000001.4711.mail.example.org";
const DOVECOT = "1753000002.M123456P4712V000000000000FD01I0000000000A0B1C2_0.mail.example.org,S=2321,W=2400:2,RS";
const COURIER = "1753000003.M1P2V0803I01_1.host\\057a\\072b,S=10:2,";

describe("list", () => {
  it("gives new/ and cur/ together, oldest first, then by name", async () => {
    const maildir = await withFiles("new/20.b.h", "cur/100.a.h:2,S", "new/20.a.h", "cur/3.z.h:2,", "new/noclock");
    expect((await maildir.list()).map(({ name }) => name)).toEqual([
      ...["noclock", "3.z.h:2,", "20.a.h", "20.b.h", "100.a.h:2,S"],
    ]);
  });

  it("reads the names that qmail, Dovecot and Courier write", async () => {
    const maildir = await withFiles(`new/${QMAIL}`, `cur/${DOVECOT}`, `cur/${COURIER}`);
    expect(await maildir.list()).toEqual([
      { name: QMAIL, unique: QMAIL, flags: "", folder: "new", time: 1753000001 },
      { name: DOVECOT, unique: DOVECOT.slice(0, -5), flags: "RS", folder: "cur", time: 1753000002 },
      { name: COURIER, unique: COURIER.slice(0, -3), flags: "", folder: "cur", time: 1753000003 },
    ]);
  });

  it("leaves out names that begin with a dot, and knows no flags in an experimental info part", async () => {
    const maildir = await withFiles("new/.nfs123", "cur/.hidden:2,S", "cur/5.x:1,S");
    expect(await maildir.list()).toMatchObject([{ name: "5.x:1,S", unique: "5.x", flags: "" }]);
  });

  it("takes digits that are no time as none", async () => {
    const maildir = await withFiles(`new/${"9".repeat(30)}.x`);
    expect(await maildir.list()).toMatchObject([{ time: 0 }]);
  });

  it("gives a message once that a reader moves while it looks", async () => {
    const maildir = await withFiles("new/7.x.h", "cur/7.x.h:2,S");
    expect((await maildir.list()).map(({ folder }) => folder)).toEqual(["cur"]);
  });

  it("lists 100,000 messages by name alone", async () => {
    const maildir = await scratchMaildir();
    for (let start = 0; start < 100_000; start += 1000) {
      const names = Array.from({ length: 1000 }, (_, index) => `${start + index}.x.h`);
      await Promise.all(names.map((name) => writeFile(join(maildir.path, "new", name), "")));
    }
    const entries = await maildir.list();
    expect(entries.length).toBe(100_000);
    expect(entries[99_999]?.time).toBe(99_999);
  }, 120_000);

  it("rejects when the maildir is not there", async () => {
    const maildir = await scratchMaildir();
    await rename(maildir.path, `${maildir.path}.away`);
    await expect(maildir.list()).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("find", () => {
  it("finds a message in new/, then in cur/ with any flags, then in new/ with flags", async () => {
    const maildir = await withFiles("new/1.a", "cur/2.b:2,FRS", "new/3.c:2,S");
    expect(await maildir.find("1.a")).toMatchObject({ folder: "new", name: "1.a" });
    expect(await maildir.find("2.b")).toMatchObject({ folder: "cur", flags: "FRS" });
    expect(await maildir.find("3.c")).toMatchObject({ folder: "new", flags: "S" });
    expect(await maildir.find("2")).toBeUndefined();
  });

  it.each(["", "../cur/x", ".x", "a\0"])("refuses to look for %j", async (unique) => {
    const maildir = await scratchMaildir();
    await expect(maildir.find(unique)).rejects.toThrow(TypeError);
  });
});

async function withFiles(...paths: string[]): Promise<Maildir> {
  const maildir = await scratchMaildir();
  await Promise.all(paths.map((path) => writeFile(join(maildir.path, path), "")));
  return maildir;
}
