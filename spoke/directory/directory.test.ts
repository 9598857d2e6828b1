import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSpokeDirectory, type SpokeDirectory } from "./directory.ts";
import type { WindowRecord } from "./journal.ts";

let folder: string;
let directory: SpokeDirectory;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spoke-directory-"));
  directory = openSpokeDirectory(join(folder, "spoke.db"), { create: true });
});
afterEach(() => {
  directory.close();
  rmSync(folder, { recursive: true });
});

const HOLLY = {
  name: "holly",
  fullName: "Holly",
  passwordHash: "$x",
  passwordAt: 3,
  suspended: true,
  listed: true,
  changedAt: 5,
};
const ALI = { name: "ali", suspended: false, listed: false, changedAt: 6 };

function window(openedAt: number, link = "hf"): WindowRecord {
  return {
    link,
    openedAt,
    closedAt: openedAt + 10,
    ended: "drained",
    sent: { messages: 1, bytes: 2 },
    received: { messages: 3, bytes: 4 },
    wire: { up: 5, down: 6 },
  };
}

describe("spoke directory", () => {
  it("keeps people as they were put, under names in any case", () => {
    directory.people.put(HOLLY);
    directory.people.put(ALI);
    expect(directory.people.list()).toEqual([ALI, HOLLY]);
    expect(directory.people.get("HOLLY")).toEqual(HOLLY);
    expect(directory.people.get("nobody")).toBeUndefined();
    directory.people.put({ ...ALI, suspended: true });
    expect(directory.people.get("ali")?.suspended).toBe(true);
    expect(directory.people.remove("Ali")).toBe(true);
    expect(directory.people.remove("ali")).toBe(false);
  });

  it("sums what a link used between two times, without windows that had no line", () => {
    const silent = { ...window(150), ended: "unreachable", wire: { up: 0, down: 0 } };
    const setBack = { ...window(160), closedAt: 20 };
    for (const record of [window(99), window(100), silent, setBack, window(170, "sat"), window(200)])
      directory.journal.add(record);
    expect(directory.journal.used("hf", 100, 200)).toEqual([
      { ms: 10, bytes: 11 },
      { ms: 0, bytes: 11 },
    ]);
  });

  it("keeps the history of windows, newest first", () => {
    for (const record of [window(100), window(200, "sat"), window(300)]) directory.journal.add(record);
    expect(directory.journal.latest(2)).toEqual([window(300), window(200, "sat")]);
    expect(directory.journal.latest(5, "hf")).toEqual([window(300), window(100)]);
    expect(directory.journal.prune(2)).toBe(1);
    expect(directory.journal.latest(5)).toEqual([window(300), window(200, "sat")]);
  });

  it("keeps single facts", () => {
    expect(directory.settings.get("lastContactAt")).toBeUndefined();
    directory.settings.set("lastContactAt", 1_795_000_000_000);
    directory.settings.set("lastContactAt", 1_795_000_000_001);
    expect(directory.settings.get("lastContactAt")).toBe(1_795_000_000_001);
  });

  it("undoes a transaction that throws, and returns what one gives", () => {
    expect(() =>
      directory.transaction(() => {
        directory.people.put(ALI);
        throw new Error("power");
      }),
    ).toThrow("power");
    expect(directory.people.list()).toEqual([]);
    expect(directory.transaction(() => 7)).toBe(7);
  });

  it("finds everything again after a restart, also beside another process", () => {
    directory.people.put(ALI);
    directory.memory.accepted("ABCDEFGHIJKLMNOP", ["a@x.org"], "ok");
    const beside = openSpokeDirectory(join(folder, "spoke.db"));
    expect(beside.people.list()).toEqual([ALI]);
    expect(beside.memory.recall("ABCDEFGHIJKLMNOP", ["a@x.org"]).size).toBe(1);
    beside.people.put(HOLLY);
    expect(directory.people.get("holly")).toEqual(HOLLY);
    beside.close();
  });

  it("lets nobody else read its files", () => {
    directory.people.put(ALI);
    const modes = readdirSync(folder).map((file) => [file, statSync(join(folder, file)).mode & 0o777]);
    expect(modes).toEqual([
      ["spoke.db", 0o600],
      ["spoke.db-shm", 0o600],
      ["spoke.db-wal", 0o600],
    ]);
  });
});

describe("opening spoke.db", () => {
  it("refuses a file that is absent or empty: everybody would be unknown", () => {
    const path = join(folder, "other.db");
    expect(() => openSpokeDirectory(path)).toThrow(/^Cannot open .*other.db: it does not exist; put back a copy/);
    writeFileSync(path, "");
    expect(() => openSpokeDirectory(path)).toThrow("it is empty");
  });

  it("says that a file is damaged, and what to do", () => {
    const path = join(folder, "other.db");
    writeFileSync(
      path,
      "no database at all, but long enough to be taken for the header of one by the driver...........",
    );
    expect(() => openSpokeDirectory(path)).toThrow(/file is not a database; put back a copy/);
  });

  it("never makes one over another", () => {
    expect(() => openSpokeDirectory(join(folder, "spoke.db"), { create: true })).toThrow("EEXIST");
  });
});
