import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDirectory } from "./directory.ts";
import { DatabaseUnusable, openDatabase } from "./open.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qrelay-open-"));
  path = join(folder, "directory.db");
});

afterEach(() => rmSync(folder, { recursive: true }));

function filled(): void {
  const directory = openDirectory(path, { create: true });
  directory.domains.add("example.org");
  directory.offices.add({ name: "kabul", host: "kabul.example.org", key: "k", own: true });
  for (let i = 0; i < 200; i++) directory.people.add({ name: `person${i}`, office: "kabul" });
  directory.close();
}

describe("openDatabase", () => {
  it("makes a private file at the newest version, in WAL, synced at each commit", () => {
    const db = openDatabase(path, { create: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(db.pragma("user_version", { simple: true })).toBe(11);
    expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(db.pragma("synchronous", { simple: true })).toBe(2);
    expect(db.pragma("foreign_keys", { simple: true })).toBe(1);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    db.close();
  });

  it("opens again what it made", () => {
    filled();
    const directory = openDirectory(path);
    expect(directory.people.list()).toHaveLength(200);
    directory.close();
  });

  it("never makes a directory over a file", () => {
    writeFileSync(path, "mine");
    expect(() => openDatabase(path, { create: true })).toThrow(/EEXIST/);
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  it("does not take an absent or an empty file for an organisation without people", () => {
    expect(() => openDatabase(path)).toThrow(/does not exist; run `qrelay hub init` or restore/);
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, "");
    expect(() => openDatabase(path)).toThrow(/is empty; .*restore FILE/);
  });

  it("refuses a database of a newer release", () => {
    const db = openDatabase(path, { create: true });
    db.pragma("user_version = 999");
    db.close();
    expect(() => openDatabase(path)).toThrow(/shape 999, this qrelay knows shapes up to 11/);
  });

  it("says what to do with a file that is no database", () => {
    writeFileSync(path, "x".repeat(10_000));
    expect(() => openDatabase(path)).toThrow(DatabaseUnusable);
    expect(() => openDatabase(path)).toThrow(/put back the last backup/);
  });

  it("says what to do with a truncated database", () => {
    filled();
    truncateSync(path, Math.floor(statSync(path).size / 2));
    expect(() => openDatabase(path)).toThrow(/put back the last backup/);
  });

  it("says what to do with a page that was overwritten", () => {
    filled();
    const file = openSync(path, "r+");
    for (let page = 1; page * 4096 < statSync(path).size; page++)
      writeSync(file, Buffer.alloc(64, 0xff), 0, 64, page * 4096);
    closeSync(file);
    expect(() => openDatabase(path)).toThrow(/put back the last backup/);
  });
});
