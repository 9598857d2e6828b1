import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
});
afterEach(() => hub[Symbol.asyncDispose]());

describe("hub explain", () => {
  it("gives the whole document, exit 0 whatever the outcome", async () => {
    expect(await hub.json("explain", "nobody@example.org", "--from", "a@example.net")).toEqual({
      address: "nobody@example.org",
      outcome: "refused",
      status: "5.1.1",
      text: "no such person: nobody@example.org",
      sender: "a@example.net",
      destinations: [],
      steps: [
        { rule: "domain", record: "example.org", says: "one of the organisation's domains" },
        { rule: "unknown", record: "nobody", says: "no person, alias, route or role of that name" },
      ],
    });
  });

  it("speaks for a client that may relay, or for the one given", async () => {
    await appendFile(join(hub.dir, "hub.toml"), '\n[[smtp.rule]]\nfrom = "10.1.0.0/16"\nrelay = true\n');
    expect((await hub.json("explain", "x@example.net")).outcome).toBe("internet");
    expect((await hub.json("explain", "x@example.net", "--client", "10.1.2.3")).outcome).toBe("internet");
    expect(await hub.json("explain", "x@example.net", "--client", "127.0.0.1")).toMatchObject({
      outcome: "refused",
      status: "5.7.1",
    });
    expect((await hub.run(["explain", "x@example.net", "--client", "nowhere"])).code).toBe(64);
  });

  it("says it in lines for people, with nothing that a terminal would obey", async () => {
    const { out } = await hub.run(["explain", "\u001b[2Jx@example.org"]);
    expect(out).toMatch(/refused 5\.1\.3/);
    expect(out).not.toContain("\u001b");
  });
});

describe("hub domain and hub route", () => {
  it("change where mail goes at once", async () => {
    await hub.json("route", "set", "*", "smtp://smart.example:587");
    expect((await hub.json("explain", "postmaster@example.net")).outcome).toBe("route");
    await hub.json("domain", "add", "Example.NET");
    expect((await hub.json("explain", "postmaster@example.net")).outcome).toBe("mailbox");
    await hub.json("domain", "remove", "example.net");
    await hub.json("route", "remove", "*");
    expect((await hub.json("explain", "postmaster@example.net")).outcome).toBe("internet");
  });

  it("list what is there", async () => {
    await hub.json("route", "set", ".example.net", "smtp://a.example");
    expect((await hub.json("route", "list")).routes).toEqual([
      { pattern: ".example.net", destination: "smtp://a.example", accept: false },
    ]);
    expect((await hub.run(["domain", "list"])).out).toBe("DOMAIN       KIND  PEOPLE  OWNER\nexample.org  main  1\n");
  });

  it.each<[words: string[], code: number]>([
    [["domain", "add", "example.org"], 73],
    [["domain", "add", "a b"], 65],
    [["domain", "remove", "example.org"], 73],
    [["domain", "remove", "example.net"], 65],
    [["route", "set", "example.org", "smtp://a.example"], 73],
    [["route", "set", "example.org", "mx", "--accept"], 73],
    [["route", "set", "example.net", "|/bin/sh"], 65],
    [["route", "remove", "example.net"], 65],
  ])("%j ends with %d", async (words, code) => expect((await hub.run(words)).code).toBe(code));

  it("want a hub", async () => {
    const elsewhere = new HubCommands(join(hub.folder, "nowhere"));
    expect(await elsewhere.run(["domain", "list"])).toMatchObject({
      code: 78,
      err: expect.stringContaining("qrelay hub init"),
    });
  });
});
