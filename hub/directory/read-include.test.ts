import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { includeReader } from "./read-include.ts";

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qrelay-include-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const targets = (included: ReturnType<ReturnType<typeof includeReader>>): unknown =>
  "entries" in included ? included.entries.map(({ target }) => target) : included.problem;

/** The file was written long ago, so that its state can be told from the next one. */
function age(path: string, seconds = 1000): void {
  utimesSync(path, seconds, seconds);
}

describe("includeReader", () => {
  it("reads a file again only when it has changed", () => {
    const read = includeReader();
    writeFileSync(at("l"), "holly\n");
    age(at("l"));
    const first = read(at("l"));
    expect(targets(first)).toEqual(["holly"]);
    expect(read(at("l"))).toBe(first);
    writeFileSync(at("l"), "zeno1\n");
    expect(targets(read(at("l")))).toEqual(["zeno1"]);
    writeFileSync(at("m"), "bobby\n");
    age(at("m"));
    renameSync(at("m"), at("l"));
    expect(targets(read(at("l")))).toEqual(["bobby"]);
  });

  it("does not trust the clock of a file that has just been written", () => {
    const read = includeReader();
    writeFileSync(at("l"), "holly\n");
    const first = read(at("l"));
    expect(read(at("l"))).not.toBe(first);
    const later = includeReader(() => statSync(at("l")).mtimeMs + 5000);
    expect(later(at("l"))).toBe(later(at("l")));
  });

  it("sees that a file goes and comes back", () => {
    const read = includeReader();
    writeFileSync(at("l"), "holly\n");
    age(at("l"));
    expect(targets(read(at("l")))).toEqual(["holly"]);
    rmSync(at("l"));
    expect(targets(read(at("l")))).toBe(`${at("l")}: there is no such file`);
    writeFileSync(at("l"), "holly\n");
    expect(targets(read(at("l")))).toEqual(["holly"]);
  });

  it("takes regular files only, and none that are too large", () => {
    const read = includeReader();
    execFileSync("mkfifo", [at("fifo")]);
    writeFileSync(at("large"), Buffer.alloc(1_000_001, "#"));
    writeFileSync(at("empty"), "");
    expect(targets(read(at("fifo")))).toBe(`${at("fifo")}: it is no file`);
    expect(targets(read("/dev/zero"))).toBe("/dev/zero: it is no file");
    expect(targets(read(folder))).toBe(`${folder}: it is no file`);
    expect(targets(read(at("large")))).toBe(`${at("large")}: it is larger than 1000000 bytes`);
    expect(targets(read(at("empty")))).toBe(`${at("empty")}: there is no address in it`);
    expect(targets(read(`${at("empty")}/x`))).toBe(`${at("empty")}/x: there is no such file`);
  });

  it.runIf(process.getuid?.() !== 0)("says that it may not read a file", () => {
    writeFileSync(at("l"), "holly\n");
    chmodSync(at("l"), 0);
    expect(targets(includeReader()(at("l")))).toBe(`${at("l")}: the hub's account may not read it`);
  });
});
