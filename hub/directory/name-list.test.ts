import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type Directory, openDirectory } from "./directory.ts";

async function directory(): Promise<Directory> {
  const dir = await mkdtemp(join(tmpdir(), "qrelay-names-"));
  const opened = openDirectory(join(dir, "directory.db"), { create: true });
  onTestFinished(async () => {
    opened.close();
    await rm(dir, { recursive: true });
  });
  for (const name of ["kabul", "herat"])
    opened.offices.add({ name, host: `${name}.example.org`, key: "k", own: name === "kabul" });
  return opened;
}

it("the list of names has people, aliases and roles once each, in the order of their bytes", async () => {
  const { names, people, aliases } = await directory();
  people.add({ name: "postmaster", office: "kabul", fullName: "Who Reads It" });
  people.add({ name: "zo\u00eb", office: "herat" });
  aliases.put({ name: "zz", targets: ["zo\u00eb"] });
  aliases.put({ name: "abuse", targets: ["zo\u00eb"] });
  aliases.put({ name: "info@example.org", targets: ["zo\u00eb"] });
  const list = ["abuse", "info@example.org", "mailer-daemon", "postmaster", "root", "zo\u00eb", "zz"];
  expect(names.all(false)).toEqual(list.sort().map((name) => ({ name })));
  expect(names.all(true)).toContainEqual({ name: "postmaster", fullName: "Who Reads It", office: "kabul" });
});

it("the log of names grows by what changes a name, and for the book by who has it", async () => {
  const { names, people, aliases } = await directory();
  people.add({ name: "ali", office: "kabul" });
  aliases.put({ name: "all", targets: ["ali"] });
  const before = names.version();
  aliases.put({ name: "all", targets: ["ali", "x@example.com"] });
  people.setPassword("ali", "$x");
  people.suspend("ali", true);
  expect(names.version()).toBe(before);
  people.move("ali", "herat");
  expect([names.newest(false), names.newest(true)]).toEqual([before, before + 1]);
  expect([names.changedSince(before, false), names.changedSince(before, true)]).toEqual([[], ["ali"]]);
  people.remove("ali");
  aliases.remove("all");
  expect(names.changedSince(0, false)?.toSorted()).toEqual(["ali", "all"]);
  expect(names.changedSince(names.version() + 1, false)).toBeUndefined();
});

it("what is taken back is not in the log", async () => {
  const { names, people, transaction } = await directory();
  const before = names.version();
  expect(() =>
    transaction(() => {
      people.add({ name: "ali", office: "kabul" });
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(names.version()).toBe(before);
});

it("the log is bounded, and who holds an older version gets all", async () => {
  const { names, people, transaction } = await directory();
  people.add({ name: "ali", office: "kabul" });
  const held = names.version();
  transaction(() => {
    for (let times = 0; times <= 5_000; times += 1) for (const to of ["herat", "kabul"]) people.move("ali", to);
  });
  expect(names.changedSince(held, true)).toBeUndefined();
  expect(names.newest(false)).toBeGreaterThan(held);
  expect(names.changedSince(names.version() - 10_000, true)).toEqual(["ali"]);
});

it("what an office holds is forgotten with a new key, with its policy set again, and with the office", async () => {
  const { offices, replicas } = await directory();
  expect(replicas.get("herat")).toEqual({ policy: "names", held: "none" });
  replicas.setWaiting("herat", "names 7 all");
  replicas.answered("herat", "names", 7);
  expect(replicas.get("herat")).toEqual({ policy: "names", held: "names", version: 7 });
  offices.rekey("herat", "k");
  expect(replicas.get("herat").version).toBe(7);
  offices.rekey("herat", "other");
  expect(replicas.get("herat")).toEqual({ policy: "names", held: "names" });
  replicas.answered("herat", "names", 8);
  replicas.setPolicy("herat", "names");
  expect(replicas.get("herat").version).toBeUndefined();
  offices.remove("herat");
  expect(replicas.get("herat")).toEqual({ policy: "names", held: "none" });
});

it("the list of names has who has left lately and the local parts of routes in our own domains", async () => {
  const { names, domains, departures, routes, people } = await directory();
  domains.add("example.org");
  const before = names.version();
  departures.leave({ name: "lena", notice: "has left", until: Date.now() + 1000 });
  routes.set("sales-*@example.org", "mx");
  routes.set("x@far.example", "mx");
  expect(names.all(false).map(({ name }) => name)).toEqual(expect.arrayContaining(["lena", "sales-*@example.org"]));
  expect(names.all(false)).not.toContainEqual({ name: "x@far.example" });
  expect(names.changedSince(before, false)).toEqual(expect.arrayContaining(["lena", "sales-*@example.org"]));
  people.add({ name: "lena", office: "kabul" });
  routes.remove("sales-*@example.org");
  expect(names.all(false)).not.toContainEqual({ name: "sales-*@example.org" });
});

it("the log of names has the routes of a domain that becomes ours, or is given up", async () => {
  const { names, routes, domains } = await directory();
  routes.set("sales-*@shop.example", "to:holly@example.org");
  const before = names.version();
  domains.add("shop.example", { ownPeople: true });
  const changed = names.changedSince(before, false) ?? [];
  expect(new Set(changed)).toEqual(new Set(["*@shop.example", "sales-*@shop.example"]));
});

it("the list of names has a domain that takes every name, from the route or from the domain on, whichever comes last", async () => {
  const { names, domains, routes } = await directory();
  const all = () => names.all(false).map(({ name }) => name);
  domains.add("example.org");
  const before = names.version();
  routes.set("example.org", "smtp://old.example.org", true);
  routes.set("later.example", "smtp://old.example.org", true);
  expect(all()).toContain("@example.org");
  expect(all()).not.toContain("example.org");
  expect(all()).not.toContain("@later.example");
  expect(names.changedSince(before, false)).toEqual(["@example.org"]);
  const between = names.version();
  domains.add("later.example");
  expect(all()).toContain("@later.example");
  expect(names.changedSince(between, false)).toEqual(["@later.example"]);
  const after = names.version();
  domains.remove("later.example");
  routes.remove("example.org");
  expect(all().filter((name) => name.startsWith("@"))).toEqual([]);
  expect(names.changedSince(after, false)).toEqual(expect.arrayContaining(["@example.org", "@later.example"]));
});
