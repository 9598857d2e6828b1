import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "./migrate.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "migrate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, sql: string) {
  writeFileSync(join(folder, file), sql);
}

function tables(db: Database.Database) {
  return db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all();
}

describe("migrate", () => {
  it("runs the files in order and each of them once", () => {
    const db = new Database(":memory:");
    write("002-second.sql", "ALTER TABLE a ADD COLUMN y;");
    write("001-first.sql", "CREATE TABLE a (x); CREATE TABLE b (x);");
    write("notes.txt", "no migration");
    migrate(db, folder, "test database");
    migrate(db, folder, "test database");
    expect(db.pragma("user_version", { simple: true })).toBe(2);
    expect(tables(db)).toEqual(["a", "b"]);
    write("003-third.sql", "DROP TABLE b;");
    migrate(db, folder, "test database");
    expect(tables(db)).toEqual(["a"]);
  });

  it("leaves the old shape when a file fails half-way", () => {
    const db = new Database(":memory:");
    write("001-first.sql", "CREATE TABLE a (x);");
    write("002-second.sql", "CREATE TABLE b (x); CREATE TABLE a (x);");
    expect(() => migrate(db, folder, "test database")).toThrow("already exists");
    expect(db.pragma("user_version", { simple: true })).toBe(1);
    expect(tables(db)).toEqual(["a"]);
  });

  it("refuses a database that a newer qrelay has written", () => {
    const db = new Database(":memory:");
    write("001-first.sql", "CREATE TABLE a (x);");
    db.pragma("user_version = 2");
    expect(() => migrate(db, folder, "test database")).toThrow(
      "Cannot open the test database: it has shape 2, this qrelay knows shapes up to 1; install the newer qrelay again",
    );
  });

  it("finds a gap in the numbers", () => {
    write("001-first.sql", "SELECT 1;");
    write("003-third.sql", "SELECT 1;");
    expect(() => migrate(new Database(":memory:"), folder, "test database")).toThrow("should be number 2");
  });
});
