import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
  await hub.json("office", "add", "herat");
  await hub.json("domain", "add", "example.net");
  await hub.json("person", "add", "holly", "--office", "kabul");
  await hub.json("domain", "add", "Shop.Example", "--own-people", "--owner", "holly@example.net");
  await hub.json("person", "add", "Info@Shop.Example", "--office", "kabul");
});
afterEach(() => hub[Symbol.asyncDispose]());

const SHOP = { name: "shop.example", main: false, ownPeople: true, people: 1, owner: "holly" };

describe("hub domain", () => {
  it("tells the kinds, the people and the owner", async () => {
    expect(await hub.json("domain", "list")).toEqual({
      domains: [
        { name: "example.org", main: true, ownPeople: false, people: 2 },
        { name: "example.net", main: false, ownPeople: false, people: 2 },
        SHOP,
      ],
    });
    expect((await hub.run(["domain", "list"])).out).toMatch(
      /\nexample\.net +synonym +2 *\nshop\.example +own people +1 +holly\n/,
    );
    expect(await hub.json("domain", "show", "SHOP.example")).toEqual(SHOP);
    expect((await hub.run(["domain", "show", "shop.example"])).out).toMatch(
      /Kind +own people\nPeople +1\nOwner +holly/,
    );
  });

  it("takes another owner, or none", async () => {
    expect(await hub.json("domain", "set", "shop.example", "--owner", "info@shop.example")).toMatchObject({
      owner: "info@shop.example",
    });
    expect(await hub.json("domain", "set", "shop.example", "--no-owner")).not.toHaveProperty("owner");
  });

  it("is removed when its people and aliases have gone", async () => {
    expect(await hub.run(["domain", "remove", "shop.example"])).toMatchObject({
      code: 73,
      err: expect.stringContaining("remove its people first: info"),
    });
    await hub.json("person", "remove", "info@shop.example");
    await hub.json("domain", "remove", "shop.example");
    expect((await hub.json("explain", "info@shop.example")).outcome).toBe("internet");
  });

  it.each<[words: string[], code: number]>([
    [["add", "more.example", "--owner", "holly"], 65],
    [["add", "more.example", "--own-people", "--owner", "nobody"], 65],
    [["add", "shop.example", "--own-people"], 73],
    [["add", "herat.example.org", "--own-people"], 73],
    [["set", "shop.example"], 64],
    [["set", "example.net", "--owner", "holly"], 65],
    [["set", "far.example", "--owner", "holly"], 65],
    [["show", "far.example"], 65],
  ])("%j ends with %d and changes nothing", async (words, code) => {
    const before = await hub.json("domain", "list");
    expect((await hub.run(["domain", ...words])).code).toBe(code);
    expect(await hub.json("domain", "list")).toEqual(before);
  });

  it("has MX and SPF records, and no mailhub", async () => {
    const { out } = await hub.run(["dns", "--address", "192.0.2.1"]);
    expect(out).toContain("\nshop.example. 86400 IN MX 10 kabul.example.org.\n");
    expect(out).toContain("\nshop.example. 86400 IN TXT ");
    expect(out).toContain("\nmailhub.example.net. ");
    expect(out).not.toContain("mailhub.shop.example");
  });
});

describe("hub person, in a domain with people of its own", () => {
  const document = { name: "info", domain: "shop.example", office: "kabul", address: "info@shop.example" };

  it("is named by the address", async () => {
    const maildir = join(hub.dir, "mailboxes/info@shop.example/Maildir");
    expect(await hub.json("person", "show", "info@shop.example")).toEqual({
      ...{ ...document, maildir, suspended: false, password: false },
    });
    expect(existsSync(join(maildir, "new"))).toBe(true);
    expect((await hub.run(["person", "show", "info"])).code).toBe(65);
    expect(await hub.json("person", "show", "holly@example.net")).toMatchObject({
      name: "holly",
      domain: "example.org",
    });
    expect((await hub.run(["person", "show", "holly@shop.example"])).code).toBe(65);
    expect((await hub.run(["person", "show", "info@shop.example@example.org"])).code).toBe(65);
    expect(await hub.json("explain", "info@shop.example")).toMatchObject({
      ...{ outcome: "mailbox", destinations: [{ name: "info@shop.example", recipient: "info@shop.example" }] },
    });
  });

  it("is listed with the others, or with her domain", async () => {
    expect((await hub.run(["person", "list"])).out).toMatch(/\nholly +kabul.*\ninfo@shop\.example +kabul/);
    expect(await hub.json("person", "list", "--domain", "shop.example")).toMatchObject({ people: [document] });
    expect(await hub.json("person", "list", "--domain", "example.net", "--office", "herat")).toEqual({ people: [] });
    expect((await hub.run(["person", "list", "--domain", "far.example"])).code).toBe(65);
  });

  it("is moved, suspended, given a password and removed like others", async () => {
    expect(await hub.json("person", "move", "info@shop.example", "--to", "herat")).toMatchObject({ office: "herat" });
    await hub.json("person", "move", "info@shop.example", "--to", "kabul");
    expect(hub.moves).toEqual(["info@shop.example herat kabul"]);
    await hub.json("person", "suspend", "info@shop.example");
    expect(await hub.json("explain", "info@shop.example")).toMatchObject({ status: "5.2.1" });
    expect((await hub.run(["person", "password", "info@shop.example", "--password-stdin"], "long enough\n")).code).toBe(
      0,
    );
    expect(await hub.json("person", "show", "info@shop.example")).toMatchObject({ suspended: true, password: true });
    await hub.json("person", "suspend", "info@shop.example", "--off");
    await hub.json("alias", "set", "desk@shop.example", "info@shop.example");
    expect(await hub.run(["person", "remove", "info@shop.example"])).toMatchObject({
      code: 73,
      err: expect.stringContaining("desk@shop.example"),
    });
    await hub.json("alias", "remove", "desk@shop.example");
    await hub.json("person", "remove", "info@shop.example", "--forward", "holly");
    expect(await hub.json("explain", "info@shop.example")).toMatchObject({ destinations: [{ name: "holly" }] });
    expect(await hub.json("explain", "info@example.org")).toMatchObject({ status: "5.1.1" });
    expect(await hub.json("person", "add", "info@shop.example", "--office", "kabul")).toMatchObject(document);
    expect(await hub.json("explain", "info@shop.example")).toMatchObject({
      destinations: [{ name: "info@shop.example" }],
    });
  });

  it("is not HR's", async () => {
    const { out } = await hub.run(["directory", "export"]);
    expect(out).toContain("holly");
    expect(out).not.toContain("shop");
  });
});

describe("hub person --as", () => {
  it("lets the owner manage the people of that domain", async () => {
    const as = ["--as", "holly"];
    await hub.json("person", "add", "desk@shop.example", "--office", "herat", ...as);
    await hub.json("person", "suspend", "desk@shop.example", ...as);
    await hub.json("person", "move", "desk@shop.example", "--to", "kabul", ...as);
    expect(await hub.json("person", "list", ...as)).toMatchObject({ people: [{ name: "desk" }, { name: "info" }] });
    await hub.json("person", "remove", "desk@shop.example", ...as);
  });

  it.each<[words: string[], as: string]>([
    [["add", "eve", "--office", "kabul"], "holly"],
    [["show", "holly"], "holly"],
    [["suspend", "postmaster"], "holly"],
    [["remove", "info@shop.example"], "info@shop.example"],
    [["password", "info@shop.example", "--password-stdin"], "postmaster"],
    [["move", "info@shop.example", "--to", "herat"], "nobody"],
    [["add", "eve@shop.example", "--office", "kabul"], "postmaster"],
  ])("ends with 77 for %j as %s", async (words, as) => {
    const before = await hub.json("person", "list");
    expect(await hub.run(["person", ...words, "--as", as], "long enough\n")).toMatchObject({
      code: 77,
      err: expect.stringContaining(`${as} may not manage`),
    });
    expect(await hub.json("person", "list")).toEqual(before);
  });
});

describe("hub quota", () => {
  it("sets, shows, lists and removes", async () => {
    expect(await hub.json("quota", "set", "info@shop.example", "500M")).toEqual({
      person: "info@shop.example",
      bytes: 500_000_000,
    });
    await hub.json("quota", "set", "example.net", "1G");
    expect(await hub.json("quota", "list")).toEqual({
      quotas: [
        { domain: "example.org", bytes: 1_000_000_000 },
        { person: "info@shop.example", bytes: 500_000_000 },
      ],
    });
    expect((await hub.run(["quota", "list"])).out).toMatch(/\nall of example\.org +1G\ninfo@shop\.example +500M\n/);
    expect(await hub.json("quota", "show", "holly")).toMatchObject({ person: "holly", bytes: 1_000_000_000 });
    expect(await hub.json("person", "show", "holly")).toMatchObject({ quota: 1_000_000_000 });
    await hub.json("quota", "remove", "example.org");
    expect((await hub.run(["quota", "show", "holly"])).code).toBe(65);
    expect((await hub.run(["quota", "remove", "example.org"])).code).toBe(65);
  });

  it.each([
    ["nobody", "1G"],
    ["holly", "0"],
    ["holly", "much"],
    ["far.example", "1G"],
    ["x@far.example", "1G"],
  ])("refuses %s %s", async (whose, size) => {
    expect((await hub.run(["quota", "set", whose, size])).code).toBe(65);
    expect(await hub.json("quota", "list")).toEqual({ quotas: [] });
  });
});
