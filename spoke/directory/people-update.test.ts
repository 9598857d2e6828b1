import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSpokeDirectory, type SpokeDirectory } from "./directory.ts";
import { applyPeople, mergePeople } from "./people-update.ts";

let folder: string;
let directory: SpokeDirectory;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "people-update-"));
  directory = openSpokeDirectory(join(folder, "spoke.db"), { create: true });
});
afterEach(() => {
  directory.close();
  rmSync(folder, { recursive: true });
});

const LOCAL = { name: "cook", suspended: false, listed: false, changedAt: 1 };

function apply(version: number, ...names: string[]) {
  return applyPeople(directory, "herat", { version, office: "herat", people: names.map((name) => ({ name })) }, 1000);
}

function names() {
  return directory.people.list().map((person) => person.name);
}

describe("the hub's list of people", () => {
  it("replaces those it listed and keeps those it never listed", () => {
    directory.people.put(LOCAL);
    expect(apply(1, "ali", "holly")).toEqual({ applied: true, added: ["ali", "holly"], removed: [] });
    expect(apply(2, "holly", "zia")).toEqual({ applied: true, added: ["zia"], removed: ["ali"] });
    expect(names()).toEqual(["cook", "holly", "zia"]);
    expect(directory.people.get("cook")).toEqual(LOCAL);
  });

  it("has people of other domains beside the office's, and quotas, which go when the list has none", () => {
    const people = [{ name: "info" }, { name: "info@shop.example", quota: 100, instructions: { "": "./" } }];
    applyPeople(directory, "herat", { version: 1, office: "herat", people }, 1000);
    expect(directory.people.get("Info@shop.example")).toMatchObject({ name: "info@shop.example", quota: 100 });
    expect(directory.people.get("info")).not.toHaveProperty("quota");
    expect(directory.instructions.get("info@shop.example", "")).toBe("./");
    apply(2, "info@shop.example");
    expect(directory.people.list()).toMatchObject([{ name: "info@shop.example" }]);
    expect(directory.people.get("info@shop.example")).not.toHaveProperty("quota");
  });

  it("is ignored when it is older than the one held, and harmless when it comes twice", () => {
    apply(5, "ali");
    expect(apply(4, "holly")).toEqual({ applied: false, ignored: "version 4 is older than 5" });
    expect(apply(5, "ali")).toEqual({ applied: true, added: [], removed: [] });
    expect(names()).toEqual(["ali"]);
  });

  it("is ignored when it is for another office", () => {
    const list = { version: 9, office: "farah", people: [{ name: "x" }] };
    expect(applyPeople(directory, "herat", list, 1)).toEqual({
      applied: false,
      ignored: 'the list is for office "farah"',
    });
    expect(names()).toEqual([]);
  });

  it("takes over a person made here, who leaves with the list from then on", () => {
    directory.people.put(LOCAL);
    apply(1, "cook");
    expect(directory.people.get("cook")?.listed).toBe(true);
    apply(2);
    expect(names()).toEqual([]);
  });
});

describe("the password of a listed person", () => {
  const changed = { passwordHash: "$ours", passwordAt: 100 };
  const told = { passwordHash: "$ours" };
  it.each([
    ["stays when the hub knows none", told, { name: "cook" }, told],
    ["is the hub's, which knows the one from here", told, { name: "cook", password: "$hub" }, { passwordHash: "$hub" }],
    ["stays while the hub does not know of it", changed, { name: "cook", password: "$hub" }, changed],
    ["stays untold when the hub knows none", changed, { name: "cook" }, changed],
  ])("%s", (_title, password, listed, wanted) => {
    const [person] = mergePeople([{ ...LOCAL, ...password }], [listed], 1).put;
    expect({ passwordHash: person?.passwordHash, passwordAt: person?.passwordAt }).toEqual({
      passwordAt: undefined,
      ...wanted,
    });
  });

  it("is given by the hub to somebody new", () => {
    const { put } = mergePeople([], [{ name: "ali", password: "$hub", suspended: true, fullName: "Ali" }], 9);
    expect(put).toEqual([
      {
        name: "ali",
        fullName: "Ali",
        passwordHash: "$hub",
        suspended: true,
        listed: true,
        changedAt: 9,
      },
    ]);
  });
});
