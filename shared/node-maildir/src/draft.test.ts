import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeDisk } from "../test-support/fake-disk.ts";
import { bytes, scratchMaildir } from "../test-support/scratch.ts";
import { Maildir } from "./maildir.ts";

describe("a draft", () => {
  it("is in tmp/ under its name, and in new/ only after commit", async () => {
    const maildir = await scratchMaildir();
    const draft = await maildir.draft(bytes("text"), "draft-1");
    expect(draft.tmpPath).toBe(join(maildir.path, "tmp", "draft-1"));
    expect(await maildir.list()).toEqual([]);
    await draft.commit();
    expect(draft.existed).toBe(false);
    expect((await maildir.list()).map(({ name }) => name)).toEqual(["draft-1"]);
  });

  it("is gone after abort, and abort may be repeated", async () => {
    const maildir = await scratchMaildir();
    const draft = await maildir.draft(bytes("text"));
    await draft.abort();
    await draft.abort();
    expect(await readdir(join(maildir.path, "tmp"))).toEqual([]);
    await expect(draft.commit()).rejects.toThrow(`Cannot commit the draft "${draft.name}"`);
  });

  it("stays in new/ when abort follows commit", async () => {
    const maildir = await scratchMaildir();
    const draft = await maildir.draft(bytes("text"));
    await draft.commit();
    await draft.abort();
    expect((await maildir.list()).map(({ name }) => name)).toEqual([draft.name]);
  });

  it("under a fresh name is moved by one rename", async () => {
    const disk = new FakeDisk();
    const maildir = new Maildir("/m", { fs: disk });
    await maildir.create();
    const draft = await maildir.draft(bytes("text"), "fresh", { fresh: true });
    const before = disk.calls.length;
    await draft.commit();
    expect(disk.calls.slice(before).map((call) => call.split(" ")[0])).toEqual(["rename", "open", "sync", "close"]);
    expect(disk.crash("lost").text("/m/new/fresh")).toBe("text");
  });

  it("survives a power cut in tmp/ only after syncName", async () => {
    const disk = new FakeDisk();
    const maildir = new Maildir("/m", { fs: disk });
    await maildir.create();
    const draft = await maildir.draft(bytes("text"), "kept");
    expect(disk.crash("lost").names("/m/tmp")).toEqual([]);
    await draft.syncName();
    expect(disk.crash("lost").text("/m/tmp/kept")).toBe("text");
  });
});
