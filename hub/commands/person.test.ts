import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
  await hub.json("office", "add", "mazar");
  await hub.json("office", "add", "herat");
});
afterEach(() => hub[Symbol.asyncDispose]());

describe("hub person add", () => {
  it("adds somebody at another office, who has no mailbox here", async () => {
    await hub.json("person", "add", "Holly@example.org", "--office", "mazar", "--full-name", "Holly Short");
    expect(await hub.json("person", "show", "holly")).toEqual({
      name: "holly",
      domain: "example.org",
      office: "mazar",
      suspended: false,
      address: "holly@example.org",
      fullName: "Holly Short",
      password: false,
    });
    expect(await readdir(join(hub.dir, "mailboxes"))).toEqual(["postmaster"]);
    expect((await hub.json("explain", "holly@example.org")).destinations).toEqual([
      { kind: "office", name: "mazar", recipient: "holly@mazar.example.org" },
    ]);
  });

  it("makes the mailbox of somebody at the hub's own office", async () => {
    const made = await hub.json("person", "add", "Ümit", "--office", "kabul");
    expect(made.maildir).toBe(join(hub.dir, "mailboxes/%C3%BCmit/Maildir"));
    expect((await readdir(String(made.maildir))).sort()).toEqual(["cur", "new", "tmp"]);
  });

  it("takes a password from the first line of stdin", async () => {
    const words = ["person", "add", "holly", "--office", "mazar", "--password-stdin", "--json"];
    const { out } = await hub.run(words, "long enough\n");
    expect(JSON.parse(out)).toMatchObject({ password: true });
    expect(out).not.toContain("argon2");
  });

  it.each<[words: string[], code: number, reason: RegExp, stdin?: string]>([
    [["holly"], 64, /--office/],
    [["holly", "--office", "nowhere"], 65, /no office "nowhere"/],
    [["holly@example.net", "--office", "mazar"], 65, /example\.net is not one of/],
    [["bob", "--office", "herat"], 73, /posted at mazar/],
    [["sales", "--office", "herat"], 73, /alias of that name, for bob/],
    [["MAILER-DAEMON", "--office", "herat"], 65, /role address/],
    [["abuse", "--office", "herat"], 65, /role address/],
    [["postmaster", "--office", "herat"], 73, /posted at kabul/],
    [[".hidden", "--office", "herat"], 65, /not a name/],
    [["a/b", "--office", "kabul"], 65, /not a name/],
    [["..", "--office", "kabul"], 65, /not a name/],
    [["holly", "--office", "herat", "--password-stdin"], 65, /5 characters, give 8/, "short\n"],
  ])("refuses %j", async (words, code, reason, stdin) => {
    await hub.json("person", "add", "bob", "--office", "mazar");
    await hub.json("alias", "set", "sales", "bob");
    const said = await hub.run(["person", "add", ...words], stdin);
    expect(said.err).toMatch(reason);
    expect(said.code).toBe(code);
    expect((await hub.json("person", "list")).people).toHaveLength(2);
    expect(await readdir(join(hub.dir, "mailboxes"))).toEqual(["postmaster"]);
  });
});

describe("hub person move", () => {
  beforeEach(async () => {
    await hub.json("person", "add", "holly", "--office", "mazar");
  });

  it("posts her elsewhere and moves what waits for her", async () => {
    expect(await hub.json("person", "move", "holly", "--to", "herat")).toMatchObject({ office: "herat", moved: 1 });
    expect(hub.moves).toEqual(["holly mazar herat"]);
    // For a while: copies of the old address may be under way.
    expect((await hub.json("explain", "holly@mazar.example.org")).destinations).toEqual([
      { kind: "office", name: "herat", recipient: "holly@herat.example.org" },
    ]);
  });

  it("makes her a mailbox when she comes to headquarters", async () => {
    const { maildir } = await hub.json("person", "move", "holly", "--to", "kabul");
    expect((await readdir(String(maildir))).sort()).toEqual(["cur", "new", "tmp"]);
    const { out } = await hub.run(["person", "move", "holly", "--to", "mazar"]);
    expect(out).toBe(`holly is posted at mazar; moved 0 waiting messages; old mail stays in ${maildir}\n`);
    expect(hub.moves).toEqual(["holly mazar kabul"]);
  });

  it("can be given again when the mail could not be moved", async () => {
    const move = hub.moveQueued;
    hub.moveQueued = () => Promise.reject(new Error("the disk is full"));
    const said = await hub.run(["person", "move", "holly", "--to", "herat"]);
    expect(said.code).toBe(75);
    expect(said.err).toMatch(/posted at herat now.*the disk is full; give the same command again/);
    hub.moveQueued = move;
    await hub.json("person", "move", "holly", "--to", "herat");
    expect(hub.moves).toEqual(["holly mazar herat"]);
  });

  it("tells of aliases that name her at the old office", async () => {
    await hub.json("alias", "set", "sales", "holly@mazar.example.org");
    const { err } = await hub.run(["person", "move", "holly", "--to", "herat"]);
    expect(err).toBe("qrelay: these aliases still name holly at another office: sales\n");
  });

  it.each([
    [["nobody", "--to", "herat"], /no person "nobody"/],
    [["holly", "--to", "nowhere"], /no office "nowhere"/],
  ])("refuses %j", async (words, reason) => {
    const said = await hub.run(["person", "move", ...words]);
    expect([said.code, said.err]).toEqual([65, expect.stringMatching(reason)]);
    expect(hub.moves).toEqual([]);
  });
});

describe("hub person", () => {
  beforeEach(async () => {
    await hub.json("person", "add", "holly", "--office", "mazar");
  });

  it("lists people, also of one office", async () => {
    expect((await hub.json("person", "list")).people).toMatchObject([{ name: "holly" }, { name: "postmaster" }]);
    expect((await hub.json("person", "list", "--office", "kabul")).people).toMatchObject([{ name: "postmaster" }]);
    expect((await hub.run(["person", "list", "--office", "mazar"])).out).toMatch(
      /^NAME .*\nholly +mazar +no password\n$/,
    );
  });

  it("changes a password", async () => {
    const said = await hub.run(["person", "password", "holly", "--password-stdin", "--json"], "long enough\n");
    expect(JSON.parse(said.out)).toMatchObject({ name: "holly", password: true });
    expect((await hub.run(["person", "password", "holly", "--password-stdin"], "x\n")).code).toBe(65);
    expect((await hub.run(["person", "password", "holly"])).code).toBe(64);
  });

  it("suspends and lets back in", async () => {
    await hub.json("person", "suspend", "holly");
    expect(await hub.json("explain", "holly@example.org")).toMatchObject({ outcome: "refused", status: "5.2.1" });
    await hub.json("person", "suspend", "holly", "--off");
    expect(await hub.json("explain", "holly@example.org")).toMatchObject({ outcome: "office" });
  });

  it("removes only whom no alias names", async () => {
    await hub.json("alias", "set", "sales", "holly@mailhub.example.org", "x@example.net");
    expect(await hub.run(["person", "remove", "holly"])).toMatchObject({
      code: 73,
      err: expect.stringContaining("sales"),
    });
    await hub.json("alias", "set", "sales", "x@example.net");
    await hub.json("person", "remove", "holly");
    expect((await hub.run(["person", "show", "holly"])).code).toBe(65);
    expect(await hub.json("explain", "holly@example.org")).toMatchObject({ outcome: "refused", status: "5.1.1" });
  });
});
