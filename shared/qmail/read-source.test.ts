import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filesIn, readSource } from "./read-source.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "qrelay-source-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The bytes as text, or what is wrong. */
async function read(name: string): Promise<string | undefined> {
  const found = await readSource(join(folder, name), name);
  if (found === undefined) return undefined;
  return "bytes" in found
    ? Buffer.from(found.bytes).toString()
    : `${found.file}:${found.line} ${found.weight} ${found.says}`;
}

describe("readSource", () => {
  it("gives a file's bytes, also through a link, and nothing where there is none", async () => {
    await writeFile(join(folder, "a"), "x\n");
    await writeFile(join(folder, "empty"), "");
    await symlink("a", join(folder, "link"));
    await symlink("nowhere", join(folder, "dangling"));
    expect([await read("a"), await read("empty"), await read("link")]).toEqual(["x\n", "", "x\n"]);
    expect([await read("none"), await read("a/b"), await read("dangling")]).toEqual([undefined, undefined, undefined]);
  });

  it.each<[what: string, make: (path: string) => unknown, says: RegExp]>([
    ["a folder", (path) => mkdir(path), /^f:1 bad it is no plain file/],
    ["a FIFO that nobody writes into", (path) => execFileSync("mkfifo", [path]), /^f:1 bad it is no plain file/],
    ["a link to itself", (path) => symlink("f", path), /^f:1 bad it cannot be read: ELOOP/],
    ["a device without an end", (path) => symlink("/dev/zero", path), /^f:1 bad it is no plain file/],
    [
      "a file that is too large",
      async (path) => {
        await writeFile(path, "");
        await truncate(path, 20_000_001);
      },
      /^f:1 bad the file is larger than 20000000 bytes/,
    ],
  ])("says what is wrong with %s", async (_what, make, says) => {
    await make(join(folder, "f"));
    expect(await read("f")).toMatch(says);
  });

  it("lists files and links, no folders, and nothing where there is no folder", async () => {
    await mkdir(join(folder, "sub"));
    await writeFile(join(folder, "b"), "");
    await symlink("b", join(folder, "a"));
    expect(await filesIn(folder)).toEqual(["a", "b"]);
    expect(await filesIn(join(folder, "none"))).toEqual([]);
  });
});
