import { link, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recoverMemory } from "./recover.ts";
import { TestMemory } from "./test-memory.ts";

const ID = "ABCDEFGHIJKLMNOP";
const TO = ["a@x", "b@x"];
let folder: string;
let tmpPath: string;
let memory: TestMemory;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "qrelay-recover-"));
  for (const name of ["tmp", "new", "cur"]) await mkdir(join(folder, name));
  tmpPath = join(folder, "tmp", "entry");
  memory = new TestMemory();
  memory.accepting(ID, TO, tmpPath);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a row left 'accepting' by a crash", () => {
  it("is forgotten, and its tmp file removed, when the file was never renamed", async () => {
    await writeFile(tmpPath, "text");
    expect(await recoverMemory(memory)).toBe(2);
    expect(memory.recall(ID, TO).size).toBe(0);
    expect(memory.unfinished()).toEqual([]);
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
  });

  it("counts as accepted when the tmp file has gone: it was renamed", async () => {
    expect(await recoverMemory(memory)).toBe(0);
    expect(memory.recall(ID, TO)).toEqual(new Map(TO.map((to) => [to, { letter: "K", text: `ok ${ID}` }])));
  });

  it("counts as accepted when the file has its second name already", async () => {
    await writeFile(tmpPath, "text");
    await link(tmpPath, join(folder, "new", "entry"));
    expect(await recoverMemory(memory)).toBe(0);
    expect(memory.recall(ID, TO).size).toBe(2);
    expect(await readdir(join(folder, "new"))).toEqual(["entry"]);
  });

  it("counts as accepted when its whole mailbox has been removed since", async () => {
    await rm(folder, { recursive: true });
    await recoverMemory(memory);
    expect(memory.recall(ID, TO).size).toBe(2);
  });

  it("is forgotten before the file goes, and accepted only after its name is synced", async () => {
    const steps: string[] = [];
    const watched = new TestMemory();
    watched.accepting(ID, ["a@x"], "/q/tmp/one");
    watched.accepting("B".repeat(16), ["a@x"], "/q/tmp/two");
    const undo = watched.undo.bind(watched);
    const accepted = watched.accepted.bind(watched);
    watched.undo = (id, to) => {
      steps.push("undo");
      undo(id, to);
    };
    watched.accepted = (id, to, text) => {
      steps.push("accepted");
      accepted(id, to, text);
    };
    await recoverMemory(watched, {
      names: async (path) => (path.endsWith("one") ? 1 : 0),
      unlink: async () => void steps.push("unlink"),
      syncNames: async (synced) => void steps.push(`sync ${synced}`),
    });
    expect(steps).toEqual(["undo", "unlink", "sync /q/new", "sync /q/cur", "accepted"]);
  });
});
