import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseStatement } from "#shared/link/office-statement.js";
import { openSpokeDirectory, type SpokeDirectory } from "./directory/directory.ts";
import type { SpokeNode } from "./node.ts";
import { pendingStatement } from "./office-statement.ts";

const HOLLY = { name: "holly", suspended: false, listed: true, changedAt: 1, passwordHash: "$one" };

let folder: string;
let directory: SpokeDirectory;
const events: unknown[] = [];
const config = { key: Buffer.alloc(32, 1) } as SpokeNode["config"];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "office-statement-"));
  directory = openSpokeDirectory(join(folder, "spoke.db"), { create: true });
});
afterEach(() => {
  directory.close();
  rmSync(folder, { recursive: true });
});

const pending = () =>
  pendingStatement({ config, directory, now: () => 9_000, log: (event) => void events.push(event) });

it("tells of passwords that were changed here, until headquarters has them", () => {
  directory.people.put(HOLLY);
  expect(pending()).toBeUndefined();
  directory.people.put({ ...HOLLY, passwordAt: 7_000 });
  directory.people.put({ ...HOLLY, name: "cook", listed: false, passwordAt: 7_000 });
  const told = pending();
  expect(parseStatement(told?.content ?? Buffer.alloc(0))).toEqual({
    statement: { at: 9_000, passwords: [{ name: "holly", hash: "$one", at: 7_000 }] },
  });
  told?.confirm();
  expect(directory.people.get("holly")).toEqual(HOLLY);
  expect(pending()).toBeUndefined();
});

it("tells of one that was changed again before the answer came", () => {
  directory.people.put({ ...HOLLY, passwordAt: 7_000 });
  const told = pending();
  directory.people.put({ ...HOLLY, passwordHash: "$two", passwordAt: 8_000 });
  told?.confirm();
  expect(parseStatement(pending()?.content ?? Buffer.alloc(0))).toMatchObject({
    statement: { passwords: [{ hash: "$two" }] },
  });
});

it("is nothing, with a line in the log, when the directory cannot be read", () => {
  directory.close();
  expect(pending()).toBeUndefined();
  expect(events).toEqual(["internal-error"]);
  directory = openSpokeDirectory(join(folder, "spoke.db"));
});
