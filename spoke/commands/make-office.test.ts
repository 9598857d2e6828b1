import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeOffice, takenBy } from "./make-office.ts";
import { TestOffice } from "./test-support.ts";

let office: TestOffice;
beforeEach(() => {
  office = new TestOffice();
});
afterEach(() => office.remove());

describe("makeOffice", () => {
  it("makes the folders above that are missing, and takes them away again when it fails", async () => {
    const dir = join(office.folder, "var", "lib", "spoke");
    // What writeFile cannot write makes the last step fail.
    await expect(makeOffice(dir, 7 as never)).rejects.toMatchObject({ exit: 73 });
    expect(readdirSync(office.folder)).toEqual([]);
    await makeOffice(dir, "text");
    expect(readdirSync(dir).sort()).toEqual(["mailboxes", "queue", "spoke.db", "spoke.toml"]);
  });

  it("leaves a folder that was there empty again when it fails half-way", async () => {
    mkdirSync(office.dir);
    symlinkSync("/nowhere/at/all", join(office.dir, "mailboxes"));
    await expect(makeOffice(office.dir, "text")).rejects.toMatchObject({ exit: 73 });
    expect(readdirSync(office.dir)).toEqual([]);
  });

  it("lets one of two at once make it, and the other touch nothing", async () => {
    const results = await Promise.allSettled([makeOffice(office.dir, "first"), makeOffice(office.dir, "second")]);
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(readdirSync(office.dir).sort()).toEqual(["mailboxes", "queue", "spoke.db", "spoke.toml"]);
  });
});

describe("takenBy", () => {
  it("sees a link that leads nowhere", () => {
    mkdirSync(office.dir);
    expect(takenBy(office.dir)).toBeUndefined();
    symlinkSync("/nowhere/at/all", join(office.dir, "mailboxes"));
    expect(takenBy(office.dir)).toBe(join(office.dir, "mailboxes"));
  });
});
