import { rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytes, scratchMaildir, textOf } from "../test-support/scratch.ts";
import type { Maildir } from "./maildir.ts";

describe("replace and remove", () => {
  it("replace shows the new version under the same name", async () => {
    const maildir = await scratchMaildir();
    const entry = await delivered(maildir, "old text");
    await maildir.replace(entry, bytes("new"));
    expect(await maildir.list()).toEqual([entry]);
    expect(await textOf(await maildir.open(entry))).toBe("new");
  });

  it("replace follows a message that a reader has moved, and makes no second one", async () => {
    const maildir = await scratchMaildir();
    const entry = await delivered(maildir, "old");
    await rename(join(maildir.path, "new", entry.name), join(maildir.path, "cur", `${entry.name}:2,S`));
    await maildir.replace(entry, bytes("new"));
    expect(await maildir.list()).toMatchObject([{ folder: "cur", flags: "S" }]);
    expect(await textOf(await maildir.open(entry))).toBe("new");
  });

  it("replace of a removed message rejects and does not raise it again", async () => {
    const maildir = await scratchMaildir();
    const entry = await delivered(maildir, "old");
    await unlink(join(maildir.path, "new", entry.name));
    await expect(maildir.replace(entry, bytes("new"))).rejects.toMatchObject({ name: "NotFoundError" });
    expect(await maildir.list()).toEqual([]);
  });

  it("remove removes, follows a moved message, and takes a vanished one as done", async () => {
    const maildir = await scratchMaildir();
    const [first, second] = [await delivered(maildir, "1"), await delivered(maildir, "2")];
    await maildir.remove(first);
    await rename(join(maildir.path, "new", second.name), join(maildir.path, "cur", `${second.name}:2,FS`));
    await maildir.remove(second);
    expect(await maildir.list()).toEqual([]);
    await maildir.remove(first);
  });

  it("move takes a message with its flags to another maildir, follows a moved one, and takes a vanished one as gone", async () => {
    const [from, to] = [await scratchMaildir(), await scratchMaildir()];
    const [first, second] = [await delivered(from, "1"), await delivered(from, "2")];
    expect(await from.move(first, to)).toBe(true);
    await rename(join(from.path, "new", second.name), join(from.path, "cur", `${second.name}:2,S`));
    expect(await from.move(second, to)).toBe(true);
    expect(await from.list()).toEqual([]);
    expect(new Set((await to.list()).map(({ folder, flags }) => `${folder} ${flags}`))).toEqual(
      new Set(["cur S", "new "]),
    );
    expect(await from.move(second, to)).toBe(false);
  });

  it("refuse an entry whose name leads out of the maildir", async () => {
    const maildir = await scratchMaildir();
    const entry = { ...(await delivered(maildir, "x")), name: "../../victim" };
    await expect(maildir.remove(entry)).rejects.toThrow(TypeError);
    await expect(maildir.replace(entry, bytes("x"))).rejects.toThrow(TypeError);
    await expect(maildir.open(entry)).rejects.toThrow(TypeError);
  });
});

async function delivered(maildir: Maildir, text: string) {
  const { name } = await maildir.deliver(bytes(text));
  const entry = await maildir.find(name);
  if (entry === undefined) throw new Error(`Cannot find ${name} after its delivery`);
  return entry;
}
