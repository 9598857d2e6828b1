import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Directory, openDirectory } from "./directory.ts";
import { Refusal } from "./refusal.ts";

let folder: string;
let path: string;
let directory: Directory;
let clock: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qrelay-directory-"));
  path = join(folder, "directory.db");
  clock = 1000;
  directory = openDirectory(path, { create: true, now: () => clock++ });
  directory.domains.add("example.org");
  directory.offices.add({ name: "kabul", host: "kabul.example.org", key: "k0", own: true });
  directory.offices.add({ name: "mazar", host: "mazar.example.org", key: "k1" });
  directory.offices.add({ name: "herat", host: "herat.example.org", key: "k2", limitBytes: 20_000 });
});

afterEach(() => {
  directory.close();
  rmSync(folder, { recursive: true });
});

function versions(): number[] {
  return ["kabul", "mazar", "herat"].map((name) => directory.offices.get(name)?.peopleVersion ?? -1);
}

describe("openDirectory", () => {
  it("shows a change of one process to another at its next look-up, whole", () => {
    const other = openDirectory(path);
    directory.transaction(() => {
      directory.people.add({ name: "holly", office: "mazar" });
      expect(other.people.get("holly")).toBeUndefined();
      directory.people.move("holly", "herat");
    });
    expect(other.people.get("holly")?.office).toBe("herat");
    other.close();
  });

  it("gives one state to all look-ups of a read", () => {
    const other = openDirectory(path);
    other.read(() => {
      expect(other.people.get("holly")).toBeUndefined();
      directory.people.add({ name: "holly", office: "mazar" });
      expect(other.people.get("holly")).toBeUndefined();
    });
    expect(other.people.get("holly")).toBeDefined();
    other.close();
  });

  it("takes a whole transaction back when its work throws", () => {
    const work = () => {
      directory.people.add({ name: "holly", office: "mazar" });
      directory.people.add({ name: "holly", office: "herat" });
    };
    expect(() => directory.transaction(work)).toThrow(Refusal);
    expect(directory.people.get("holly")).toBeUndefined();
    expect(versions()).toEqual([0, 0, 0]);
  });
});

describe("memory", () => {
  it("tells after a restart what was answered and what was left unfinished", () => {
    directory.memory.accepted("ABCDEFGHIJKLMNOP", ["holly@example.org"], "ok");
    directory.memory.accepting("ABCDEFGHIJKLMNOP", ["bob@example.org"], "/q/tmp/1");
    directory.close();
    directory = openDirectory(path);
    const known = directory.memory.recall("ABCDEFGHIJKLMNOP", ["holly@example.org", "bob@example.org"]);
    expect([...known]).toEqual([["holly@example.org", { letter: "K", text: "ok" }]]);
    expect(directory.memory.unfinished()).toEqual([
      { mailId: "ABCDEFGHIJKLMNOP", recipient: "bob@example.org", tmpPath: "/q/tmp/1" },
    ]);
  });
});

describe("offices", () => {
  it("knows an office by name and by host, and the hub's own", () => {
    const herat = directory.offices.get("herat");
    expect(herat).toEqual({
      name: "herat",
      host: "herat.example.org",
      key: "k2",
      limitBytes: 20_000,
      paused: false,
      history: true,
      own: false,
      createdAt: expect.any(Number),
      peopleVersion: 0,
      sentVersion: 0,
    });
    expect(directory.offices.byHost("Herat.Example.org.")).toEqual(herat);
    expect(directory.offices.own()?.name).toBe("kabul");
    expect(directory.offices.list().map((office) => office.name)).toEqual(["herat", "kabul", "mazar"]);
  });

  it("sets what is given, takes away what is null and leaves the rest", () => {
    directory.offices.set("herat", {
      dial: "qmtp://192.0.2.1:209",
      windows: "0 7 * * *",
      zone: "Asia/Kabul",
      prefix: "herat-",
    });
    const office = directory.offices.set("herat", { limitBytes: null, zone: null });
    expect(office).toMatchObject({ dial: "qmtp://192.0.2.1:209", windows: "0 7 * * *", prefix: "herat-" });
    expect(office.limitBytes).toBeUndefined();
    expect(office.zone).toBeUndefined();
  });

  it("changes key, pause, contact and what was sent", () => {
    directory.offices.rekey("mazar", "new");
    directory.offices.pause("mazar", true);
    directory.offices.contacted("mazar", 77);
    directory.offices.sent("mazar", 5);
    expect(directory.offices.get("mazar")).toMatchObject({
      key: "new",
      paused: true,
      lastContactAt: 77,
      sentVersion: 5,
    });
  });

  it.each<[change: () => void, reason: RegExp]>([
    [() => directory.offices.add({ name: "mazar", host: "m2.example.org", key: "" }), /mazar exists already/],
    [() => directory.offices.add({ name: "m2", host: "mazar.example.org", key: "" }), /belongs to the office mazar/],
    [() => directory.offices.add({ name: "m2", host: "example.org", key: "" }), /one of the organisation's domains/],
    [
      () => directory.offices.add({ name: "m2", host: "mailhub.example.org", key: "" }),
      /one of the organisation's domains/,
    ],
    [() => directory.offices.add({ name: "m2", host: "m2", key: "" }), /full host name/],
    [() => directory.offices.add({ name: "Mazar", host: "m.example.org", key: "" }), /not an office name/],
    [() => directory.offices.add({ name: "../x", host: "m.example.org", key: "" }), /not an office name/],
    [() => directory.offices.add({ name: "a\nb", host: "m.example.org", key: "" }), /not an office name/],
    [() => directory.offices.add({ name: "internet", host: "m.example.org", key: "" }), /already has a meaning/],
    [() => directory.offices.set("nowhere", {}), /no office "nowhere"/],
    [() => directory.offices.remove("kabul"), /hub's own office/],
    [() => directory.offices.pause("kabul", true), /hub's own office/],
    [() => directory.domains.add("mazar.example.org"), /host name of the office mazar/],
    [() => directory.domains.add("example.org"), /already/],
    [() => directory.domains.add("no"), /full host name/],
    [() => directory.domains.remove("example.org"), /only domain/],
    [() => directory.domains.remove("example.net"), /not one of/],
  ])("refuses %s", (change, reason) => {
    expect(change).toThrow(Refusal);
    expect(change).toThrow(reason);
  });

  it("is removed only when nobody is posted there", () => {
    directory.people.add({ name: "holly", office: "mazar" });
    expect(() => directory.offices.remove("mazar")).toThrow(/its people first: holly/);
    directory.people.move("holly", "herat");
    directory.offices.remove("mazar");
    expect(directory.offices.get("mazar")).toBeUndefined();
  });
});

describe("people", () => {
  it("are found by name in any case, with what was given", () => {
    directory.people.add({ name: "Holly", office: "mazar", fullName: "Holly H", passwordHash: "$x" });
    expect(directory.people.get("HOLLY")).toMatchObject({
      name: "holly",
      domain: "",
      office: "mazar",
      fullName: "Holly H",
      passwordHash: "$x",
    });
    expect(directory.people.get("holly@other.example")).toBeUndefined();
    expect(directory.people.list("mazar").map((person) => person.name)).toEqual(["holly"]);
    expect(directory.people.list("herat")).toEqual([]);
  });

  it("raise the version of every office that a change concerns, and of no other", () => {
    directory.people.add({ name: "holly", office: "mazar" });
    expect(versions()).toEqual([0, 1, 0]);
    expect(directory.people.move("holly", "herat")).toMatchObject({ from: "mazar", person: { office: "herat" } });
    expect(versions()).toEqual([0, 2, 1]);
    directory.people.setPassword("holly", "$hash");
    directory.people.suspend("holly", true);
    expect(versions()).toEqual([0, 2, 3]);
    expect(directory.people.get("holly")).toMatchObject({
      passwordHash: "$hash",
      passwordAt: expect.any(Number),
      suspended: true,
    });
    directory.people.remove("holly");
    expect(versions()).toEqual([0, 2, 4]);
  });

  it.each<[change: () => void, reason: RegExp]>([
    [() => directory.people.add({ name: "bob", office: "herat" }), /there is a person of that name, posted at mazar/],
    [
      () => directory.people.add({ name: "Sales", office: "herat" }),
      /there is an alias of that name, for bob, x@example\.net/,
    ],
    [() => directory.people.add({ name: "ann", office: "nowhere" }), /no office "nowhere"/],
    [() => directory.people.move("ann", "herat"), /no person "ann"/],
    [() => directory.people.move("bob", "nowhere"), /no office "nowhere"/],
    [() => directory.people.move("bob", "mazar"), /already posted at mazar/],
    [() => directory.people.remove("ann"), /no person "ann"/],
    [() => directory.people.add({ name: ".hidden", office: "herat" }), /not a name/],
    [() => directory.people.add({ name: "a/../b", office: "herat" }), /not a name/],
    [() => directory.people.add({ name: "a\r\nb", office: "herat" }), /not a name/],
    [() => directory.people.add({ name: "a..b", office: "herat" }), /not a name/],
    [() => directory.people.add({ name: "", office: "herat" }), /empty/],
    [() => directory.people.add({ name: "a".repeat(65), office: "herat" }), /longer than 64/],
    [() => directory.people.add({ name: "ali\u0131", office: "herat" }), /did you mean "alii"/],
    [() => directory.people.add({ name: "\u017fales", office: "herat" }), /did you mean "sales"/],
  ])("refuses %s", (change, reason) => {
    directory.people.add({ name: "bob", office: "mazar" });
    directory.aliases.put({ name: "sales", targets: ["bob", "x@example.net"] });
    expect(change).toThrow(Refusal);
    expect(change).toThrow(reason);
  });
});

describe("routes and settings", () => {
  it("keeps one destination for a pattern", () => {
    directory.routes.set("Example.NET", "smtp://a.example");
    directory.routes.set("example.net", "smtp://b.example:26");
    directory.routes.set("*", "smtp://smart.example");
    expect(directory.routes.list().map((route) => [route.pattern, route.destination])).toEqual([
      ["*", "smtp://smart.example"],
      ["example.net", "smtp://b.example:26"],
    ]);
    directory.routes.remove("example.net");
    expect(directory.routes.get("example.net")).toBeUndefined();
  });

  it.each<[change: () => void, reason: RegExp]>([
    [() => directory.routes.set("example.org", "smtp://a.example"), /our own/],
    [() => directory.routes.set("mazar.example.org", "smtp://a.example"), /our own/],
    [() => directory.routes.set("a b", "smtp://a.example"), /pattern/],
    [() => directory.routes.set("example.net", "|/bin/sh"), /wanted smtp:/],
    [() => directory.routes.remove("example.net"), /there is none/],
  ])("refuses %s", (change, reason) => expect(change).toThrow(reason));

  it("keeps settings", () => {
    directory.settings.set("a", "1");
    directory.settings.set("a", "2");
    expect(directory.settings.get("a")).toBe("2");
    directory.settings.remove("a");
    expect(directory.settings.get("a")).toBeUndefined();
  });
});
