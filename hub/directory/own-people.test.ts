import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Directory, openDirectory } from "./directory.ts";
import { mayManage } from "./may-manage.ts";

let dir: string;
let directory: Directory;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "qrelay-own-people-"));
  directory = openDirectory(join(dir, "directory.db"), { create: true });
  for (const name of ["kabul", "herat"])
    directory.offices.add({ name, host: `${name}.example.org`, key: "k", own: name === "kabul" });
  directory.domains.add("example.org");
  directory.domains.add("Shop.Example", { ownPeople: true });
  directory.people.add({ name: "info", office: "kabul" });
  directory.people.add({ name: "Info@Shop.Example", office: "herat", fullName: "The shop" });
});
afterEach(async () => {
  directory.close();
  await rm(dir, { recursive: true });
});

const version = (office: string): number => directory.offices.get(office)?.peopleVersion ?? -1;

describe("people of a domain of their own", () => {
  it("are not posted at a qmail office, which has accounts and no such addresses", () => {
    const { people, offices } = directory;
    offices.set("herat", { prefix: "qrelay-herat-" });
    const says = /herat is a qmail office, which cannot have people of shop\.example/;
    expect(() => people.add({ name: "new@shop.example", office: "herat" })).toThrow(says);
    people.add({ name: "new@shop.example", office: "kabul" });
    expect(() => people.move("new@shop.example", "herat")).toThrow(says);
    people.add({ name: "organisation", office: "herat" });
  });

  it("are others than the organisation's of the same name, whatever is done to them", () => {
    const { people, instructions } = directory;
    expect(people.get("info@shop.example")).toMatchObject({ domain: "shop.example", office: "herat" });
    people.setPassword("info@shop.example", "$x");
    people.suspend("info@shop.example", true);
    people.setFullName("info@shop.example", undefined);
    instructions.set("info", "", "./");
    instructions.set("info@shop.example", "", "a@far.example");
    people.move("info@shop.example", "kabul");
    expect(people.get("info")).toMatchObject({ name: "info", domain: "", office: "kabul", suspended: false });
    expect(people.get("info")).not.toHaveProperty("passwordHash");
    expect(people.list("kabul").map(({ name }) => name)).toEqual(["info", "info@shop.example"]);
    expect(people.inDomain("shop.example").map(({ name }) => name)).toEqual(["info@shop.example"]);
    expect([people.count(""), people.count("shop.example")]).toEqual([1, 1]);
    people.remove("info@shop.example");
    expect(instructions.list()).toMatchObject([{ person: "info" }]);
    expect(people.posting("info")).toEqual({ name: "info", office: "kabul", suspended: false });
    expect(people.posting("info@shop.example")).toBeUndefined();
  });

  it("want a domain that has them, a name that can be one, and no alias of that name", () => {
    const { people, aliases } = directory;
    aliases.put({ name: "desk@shop.example", targets: ["info"] });
    expect(() => people.add({ name: "x@example.org", office: "kabul" })).toThrow(/no domain with people of its own/);
    expect(() => people.add({ name: "x@far.example", office: "kabul" })).toThrow(
      /domain add far\.example --own-people/,
    );
    expect(() => people.add({ name: "a b@shop.example", office: "kabul" })).toThrow(/is not a name/);
    expect(() => people.add({ name: "a@b@shop.example", office: "kabul" })).toThrow(/is not a name/);
    expect(() => people.add({ name: "desk@shop.example", office: "kabul" })).toThrow(/an alias of that name/);
    expect(() => people.add({ name: "info@shop.example", office: "kabul" })).toThrow(/a person of that name/);
    expect(() => aliases.put({ name: "info@shop.example", targets: ["info"] })).toThrow(/a person of that name/);
    expect(aliases.put({ name: "info@example.org", targets: ["info"] }).name).toBe("info@example.org");
  });

  it("raise the version of their office with what they want done, and of no other", () => {
    const before = [version("kabul"), version("herat")];
    directory.instructions.set("info@shop.example", "", "./");
    directory.instructions.set("info@shop.example", "", "a@far.example");
    directory.instructions.remove("info@shop.example", "");
    expect([version("kabul"), version("herat")]).toEqual([before[0], (before[1] ?? 0) + 3]);
  });

  it("are in the list of names with their domain, which says that all of them are there", () => {
    const { names, people, domains } = directory;
    const start = names.version();
    const known = names.all(true);
    expect(known.map(({ name }) => name)).toEqual(
      ["*@shop.example", "abuse", "info", "info@shop.example", "mailer-daemon", "postmaster", "root"].sort(),
    );
    expect(known).toContainEqual({ name: "info@shop.example", office: "herat", fullName: "The shop" });
    people.move("info@shop.example", "kabul");
    expect(names.changedSince(start, false)).toEqual([]);
    people.remove("info@shop.example");
    domains.remove("shop.example");
    expect(names.changedSince(start, false)).toEqual(["info@shop.example", "*@shop.example"]);
    expect(names.all(false).map(({ name }) => name)).not.toContain("*@shop.example");
  });
});

describe("a domain with people of its own", () => {
  it("is none of the organisation's", () => {
    const { domains } = directory;
    expect([domains.has("shop.example"), domains.hasOwnPeople("SHOP.example")]).toEqual([false, true]);
    expect([domains.has("example.org"), domains.hasOwnPeople("example.org")]).toEqual([true, false]);
    expect(domains.synonyms()).toEqual(["example.org"]);
    expect(() => domains.remove("example.org")).toThrow(/only domain/);
    expect(() => domains.add("shop.example")).toThrow(/a domain with people of its own already/);
    expect(() => domains.add("kabul.example.org", { ownPeople: true })).toThrow(/host name of the office kabul/);
    expect(() => directory.offices.add({ name: "shop", host: "shop.example", key: "k" })).toThrow(/domains/);
  });

  it("stays while it has people or aliases", () => {
    const { domains, people, aliases } = directory;
    aliases.put({ name: "desk@shop.example", targets: ["info"] });
    expect(() => domains.remove("shop.example")).toThrow(/remove its people first: info/);
    people.remove("info@shop.example");
    expect(() => domains.remove("shop.example")).toThrow(/aliases belong to it: desk@shop\.example/);
    aliases.remove("desk@shop.example");
    domains.remove("shop.example");
    expect(domains.get("shop.example")).toBeUndefined();
  });

  it("has an owner, and none when that person is gone, though another of that name comes", () => {
    const { domains, people } = directory;
    expect(domains.setOwner("shop.example", "info").owner).toBe("info");
    people.remove("info");
    people.add({ name: "info", office: "kabul" });
    expect(domains.get("shop.example")?.owner).toBeUndefined();
    expect(() => domains.setOwner("example.org", "info")).toThrow(/one of the organisation's domains/);
    expect(() => domains.setOwner("far.example", "info")).toThrow(/not one of our domains/);
  });
});

describe("mayManage", () => {
  beforeEach(() => {
    const { domains, people } = directory;
    domains.add("other.example", { ownPeople: true });
    people.add({ name: "boss@other.example", office: "kabul" });
    people.add({ name: "late", office: "kabul" });
    domains.setOwner("shop.example", "info");
    domains.setOwner("other.example", "boss@other.example");
  });

  it.each<[account: string, address: string, may: boolean]>([
    ["info", "info@shop.example", true],
    ["Info", "not-yet-there@Shop.Example", true],
    ["boss@other.example", "anybody@other.example", true],
    ["boss@other.example", "boss@other.example", true],
    ["info@shop.example", "info@shop.example", false],
    ["info", "info", false],
    ["info", "info@example.org", false],
    ["info", "boss@other.example", false],
    ["info", "@shop.example", false],
    ["info", "x@far.example", false],
    ["info", "x@sub.shop.example", false],
    ["boss@other.example", "x@shop.example", false],
    ["nobody", "x@shop.example", false],
    ["", "x@shop.example", false],
    ["late", "late", false],
  ])("%j may manage %j: %j", (account, address, may) => expect(mayManage(directory, account, address)).toBe(may));

  it("says no of an owner who is suspended or gone", () => {
    directory.people.suspend("info", true);
    expect(mayManage(directory, "info", "x@shop.example")).toBe(false);
    directory.people.remove("info");
    expect(mayManage(directory, "info", "x@shop.example")).toBe(false);
  });
});

describe("quotas", () => {
  it("are a person's own, else her domain's", () => {
    const { quotas } = directory;
    expect(quotas.of("info")).toBeUndefined();
    quotas.set("@", 1000);
    quotas.set("@shop.example", 100);
    quotas.set("Info@Shop.Example", 5);
    expect([quotas.of("info"), quotas.of("INFO@shop.example"), quotas.of("x@shop.example")]).toEqual([1000, 5, 100]);
    expect(quotas.list().map(({ subject }) => subject)).toEqual(["@", "@shop.example", "info@shop.example"]);
    expect([quotas.of("postmaster"), quotas.of("postmaster@shop.example")]).toEqual([undefined, undefined]);
    quotas.remove("info@shop.example");
    expect(quotas.of("info@shop.example")).toBe(100);
    expect(() => quotas.remove("info@shop.example")).toThrow(/no quota/);
  });

  it("raise the version of the offices whose people they concern", () => {
    const before = [version("kabul"), version("herat")];
    directory.quotas.set("@shop.example", 100);
    directory.quotas.set("info@shop.example", 5);
    directory.quotas.remove("info@shop.example");
    expect([version("kabul"), version("herat")]).toEqual([before[0], (before[1] ?? 0) + 3]);
    directory.quotas.set("@", 100);
    directory.quotas.set("info", 100);
    expect(version("kabul")).toBe((before[0] ?? 0) + 2);
  });

  it("go with the person, and with the domain", () => {
    directory.quotas.set("info", 5);
    directory.quotas.set("info@shop.example", 5);
    directory.quotas.set("@shop.example", 100);
    directory.people.remove("info@shop.example");
    expect(directory.quotas.list().map(({ subject }) => subject)).toEqual(["@shop.example", "info"]);
    directory.domains.remove("shop.example");
    expect(directory.quotas.list().map(({ subject }) => subject)).toEqual(["info"]);
  });
});
