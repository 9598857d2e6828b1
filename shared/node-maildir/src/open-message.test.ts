import { execFileSync } from "node:child_process";
import { chmod, mkdir, rename, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytes, scratchMaildir, textOf } from "../test-support/scratch.ts";
import { NotAMessageError, NotFoundError } from "./errors.ts";
import type { Maildir } from "./maildir.ts";
import { entryOf } from "./names.ts";

describe("open", () => {
  it("reads any part of a message and stops at its end", async () => {
    const maildir = await scratchMaildir();
    const { name } = await maildir.deliver(bytes("0123456789"));
    await using file = await maildir.open(entryOf(name, "new"));
    expect(file.size).toBe(10);
    expect(Buffer.from(await file.read(3, 4)).toString()).toBe("3456");
    expect(Buffer.from(await file.read(8, 1_000_000_000)).toString()).toBe("89");
    expect((await file.read(11, 5)).length).toBe(0);
    for (const wrong of [-1, 1.5, Number.NaN]) await expect(file.read(wrong, 1)).rejects.toThrow(RangeError);
  });

  it("streams a range in pieces of 64 KB", async () => {
    const maildir = await scratchMaildir();
    const whole = Buffer.from(Array.from({ length: 150_000 }, (_, index) => index % 251));
    const { name } = await maildir.deliver([whole]);
    await using file = await maildir.open(entryOf(name, "new"));
    const pieces = await collect(file.stream());
    expect(pieces.map(({ length }) => length)).toEqual([65_536, 65_536, 18_928]);
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
    const part = Buffer.concat(await collect(file.stream(100, 70_000)));
    expect(part.equals(whole.subarray(100, 70_000))).toBe(true);
  });

  it("gives nothing for a file of 0 bytes", async () => {
    const maildir = await scratchMaildir();
    await writeFile(join(maildir.path, "new/1.empty"), "");
    expect(await textOf(await maildir.open(entryOf("1.empty", "new")))).toBe("");
  });

  it("rejects rather than give a message torn when the file shrinks", async () => {
    const maildir = await scratchMaildir();
    const { name } = await maildir.deliver(bytes("0123456789"));
    await using file = await maildir.open(entryOf(name, "new"));
    await truncate(join(maildir.path, "new", name), 4);
    await expect(file.read(0, 10)).rejects.toThrow(/it ends at 4 of 10 bytes$/);
  });

  it("follows a message that a reader has moved to cur/", async () => {
    const maildir = await scratchMaildir();
    const { name } = await maildir.deliver(bytes("text"));
    await rename(join(maildir.path, "new", name), join(maildir.path, "cur", `${name}:2,S`));
    expect(await textOf(await maildir.open(entryOf(name, "new")))).toBe("text");
  });

  it("rejects with NotFoundError when the message has vanished", async () => {
    const maildir = await scratchMaildir();
    const { name } = await maildir.deliver(bytes("text"));
    await unlink(join(maildir.path, "new", name));
    await expect(maildir.open(entryOf(name, "new"))).rejects.toThrow(NotFoundError);
  });

  it("goes on reading a message that is removed meanwhile, and close may be repeated", async () => {
    const maildir = await scratchMaildir();
    const { name } = await maildir.deliver(bytes("text"));
    const file = await maildir.open(entryOf(name, "new"));
    await maildir.remove(entryOf(name, "new"));
    expect(await textOf(file)).toBe("text");
    await file.close();
  });
});

describe("what is planted in new/", () => {
  it.each(["symlink", "dangling symlink", "FIFO", "directory", "socket"])("a %s is not a message", async (kind) => {
    const maildir = await scratchMaildir();
    await plant(maildir, kind);
    const [entry] = await maildir.list();
    if (entry === undefined) throw new Error("The planted name is not listed");
    await expect(maildir.open(entry)).rejects.toThrow(NotAMessageError);
  });

  it.skipIf(process.getuid?.() === 0)("an unreadable file is refused by the system", async () => {
    const maildir = await scratchMaildir();
    const { name } = await maildir.deliver(bytes("text"));
    await chmod(join(maildir.path, "new", name), 0);
    await expect(maildir.open(entryOf(name, "new"))).rejects.toMatchObject({ code: "EACCES" });
  });
});

async function plant(maildir: Maildir, kind: string): Promise<void> {
  const path = join(maildir.path, "new", "1.planted");
  if (kind === "symlink") await symlink("/etc/passwd", path);
  if (kind === "dangling symlink") await symlink("/nonexistent", path);
  if (kind === "FIFO") execFileSync("mkfifo", [path]);
  if (kind === "directory") await mkdir(path);
  if (kind === "socket") await listenOnce(path);
}

// A closed server removes its socket file, so the file is moved aside first.
async function listenOnce(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.live`, resolve));
  await rename(`${path}.live`, path);
  await new Promise((resolve) => server.close(resolve));
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return pieces;
}
