import { rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeDisk } from "../test-support/fake-disk.ts";
import { bytes, scratch, scratchMaildir } from "../test-support/scratch.ts";
import { Maildir } from "./maildir.ts";

describe("create", () => {
  it("makes private directories and their missing parents", async () => {
    const maildir = new Maildir(join(await scratch(), "a", "b", "Maildir"));
    await maildir.create();
    for (const path of ["..", ".", "tmp", "new", "cur"]) {
      expect((await stat(join(maildir.path, path))).mode & 0o777).toBe(0o700);
    }
  });

  it("may be repeated, and mends a maildir that lost a folder", async () => {
    const maildir = await scratchMaildir();
    await maildir.create();
    await rename(join(maildir.path, "tmp"), join(maildir.path, "moved"));
    await maildir.create();
    await maildir.deliver(bytes("x"));
    expect((await maildir.list()).length).toBe(1);
  });

  it("says which file is in the way", async () => {
    const maildir = await scratchMaildir();
    await rename(join(maildir.path, "cur"), join(maildir.path, "moved"));
    await writeFile(join(maildir.path, "cur"), "");
    await expect(maildir.create()).rejects.toThrow(/^Cannot make the directory .*\/cur: a file of that name is there/);
  });

  it("may run several times at once", async () => {
    const maildir = new Maildir(join(await scratch(), "a", "b", "Maildir"));
    await Promise.all([1, 2, 3].map(() => maildir.create()));
    expect(await maildir.list()).toEqual([]);
  });

  it("writes and syncs nothing the second time", async () => {
    const disk = new FakeDisk();
    const maildir = new Maildir("/srv/box", { fs: disk });
    await maildir.create();
    const before = disk.calls.length;
    await maildir.create();
    expect(disk.calls.slice(before)).toEqual(["stat /srv/box/tmp", "stat /srv/box/new", "stat /srv/box/cur"]);
  });

  it("syncs what an earlier process made and died before syncing", async () => {
    const disk = new FakeDisk();
    for (const path of ["/box", "/box/tmp", "/box/new", "/box/cur"]) await disk.mkdir(path, { mode: 0o700 });
    await new Maildir("/box", { fs: disk }).create();
    expect(disk.crash("lost").names("/box")).toEqual(["cur", "new", "tmp"]);
  });

  it("does not mind a parent that it may pass but not read", async () => {
    const disk = new FakeDisk();
    await disk.mkdir("/home", { mode: 0o711 });
    disk.failNext(3, "EACCES"); // stat of /home/box and of /home, then open of /
    await new Maildir("/home/box", { fs: disk }).create();
    expect(disk.crash("kept").names("/home/box")).toEqual(["cur", "new", "tmp"]);
  });
});
