import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Directory, openDirectory } from "./directory.ts";

let folder: string;
let path: string;
let directory: Directory;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qrelay-directory-"));
  path = join(folder, "directory.db");
  directory = openDirectory(path, { create: true });
  for (const name of ["mazar", "herat"]) directory.offices.add({ name, host: `${name}.example.org`, key: name });
});

afterEach(() => {
  directory.close();
  rmSync(folder, { recursive: true });
});

describe("the state of a directory", () => {
  it("changes with every change, of this process or another, and only then", () => {
    const other = openDirectory(path);
    const states = [directory.state(), directory.state()];
    directory.people.add({ name: "holly", office: "mazar" });
    states.push(directory.state());
    other.people.move("holly", "herat");
    states.push(directory.state());
    other.close();
    expect(states[0]).toBe(states[1]);
    expect(new Set(states).size).toBe(3);
  });

  it("is unknown inside a transaction, which may be taken back", () => {
    expect(directory.transaction(() => directory.state())).toBeUndefined();
  });
});
