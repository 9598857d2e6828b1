import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NewAlias } from "./aliases.ts";
import { type Directory, openDirectory } from "./directory.ts";
import { saveAliases } from "./save-aliases.ts";
import { directoryView } from "./view.ts";

const IDENTITY = { domain: "example.org", office: "kabul", host: "kabul.example.org", localNames: [], programs: false };
let folder: string;
let directory: Directory;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qrelay-aliases-"));
  directory = openDirectory(join(folder, "directory.db"), { create: true });
  directory.domains.add("example.org");
  directory.domains.add("second.example");
  directory.offices.add({ name: "kabul", host: "kabul.example.org", key: "k", own: true });
  directory.offices.add({ name: "mazar", host: "mazar.example.org", key: "k" });
  directory.people.add({ name: "holly", office: "mazar" });
  directory.people.add({ name: "bob", office: "kabul" });
});

afterEach(() => {
  directory.close();
  rmSync(folder, { recursive: true });
});

function save(...aliases: NewAlias[]) {
  return saveAliases(directory, directoryView(directory, IDENTITY), aliases);
}

describe("saveAliases", () => {
  it("keeps targets in order, once each, with the owner", () => {
    save({ name: "Sales", targets: ["holly", "Ali@Example.NET", "bob@mailhub.example.org", "holly"], owner: "bob" });
    expect(directory.aliases.get("sales")).toMatchObject({
      name: "sales",
      targets: ["holly", "Ali@example.net", "bob@mailhub.example.org"],
      owner: "bob",
    });
    expect(directory.aliases.naming(["holly", "x"])).toEqual(["sales"]);
  });

  it("replaces the whole alias and knows when it was made", () => {
    const before = save({ name: "sales", targets: ["holly", "bob"], owner: "bob" })[0];
    const after = save({ name: "sales", targets: ["bob"] })[0];
    expect(after?.targets).toEqual(["bob"]);
    expect(after?.owner).toBeUndefined();
    expect(after?.createdAt).toBe(before?.createdAt);
  });

  it("lets an alias name another that comes later, or stand for one domain", () => {
    save(
      { name: "all", targets: ["sales"] },
      { name: "sales", targets: ["holly"] },
      { name: "holly@second.example", targets: ["bob"] },
    );
    expect(directory.aliases.list().map((alias) => alias.name)).toEqual(["all", "holly@second.example", "sales"]);
  });

  it.each<[aliases: NewAlias[], reason: RegExp]>([
    [
      [
        { name: "a", targets: ["b"] },
        { name: "b", targets: ["a"] },
      ],
      /lead back to itself: a → b → a/,
    ],
    [[{ name: "a", targets: ["a"] }], /lead back to itself: a → a/],
    [[{ name: "a", targets: ["bob", "A@Kabul.example.org"] }], /lead back to itself/],
    [
      [
        { name: "a", targets: ["b@second.example", "bob"] },
        { name: "b", targets: ["a@localhost"] },
      ],
      /lead back to itself/,
    ],
    [[{ name: "a", targets: ["bob", "nobody"] }], /target nobody leads nowhere: no such person/],
    [[{ name: "a", targets: ["nobody@example.org"] }], /no such person/],
    [[{ name: "a", targets: ["bob@mazar.example.org"] }], /no such person at mazar/],
    [[{ name: "a", targets: ["|/bin/sh"] }], /programs/],
    [[{ name: "a", targets: ["x\ny@example.net"] }], /control/],
    [[{ name: "a", targets: [] }], /no target/],
    [[{ name: "a", targets: ["bob"], owner: "|x" }], /programs/],
    [[{ name: "holly", targets: ["bob"] }], /there is a person of that name, posted at mazar/],
    [[{ name: "a@example.net", targets: ["bob"] }], /example\.net is not one of the organisation's domains/],
    [[{ name: "a@mazar.example.org", targets: ["bob"] }], /mazar\.example\.org is not one of/],
    [[{ name: ".a", targets: ["bob"] }], /not a name/],
    [
      [
        { name: "ok", targets: ["bob"] },
        { name: "bad", targets: ["nobody"] },
      ],
      /alias bad/,
    ],
  ])("refuses all of %j", (aliases, reason) => {
    save({ name: "kept", targets: ["bob"] });
    expect(() => save(...aliases)).toThrow(reason);
    expect(directory.aliases.list().map((alias) => alias.name)).toEqual(["kept"]);
  });

  it("refuses more targets than an alias may have", () => {
    const targets = Array.from({ length: 1001 }, (_, i) => `x${i}@example.net`);
    expect(() => save({ name: "a", targets })).toThrow(/1001 targets, at most 1000/);
  });
});
