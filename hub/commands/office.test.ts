import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeToken } from "#shared/link/token.js";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
});
afterEach(() => hub[Symbol.asyncDispose]());

function tokenIn(text: string) {
  const read = decodeToken(text.trimEnd().split("\n").at(-1) ?? "");
  if ("problem" in read) throw new Error(read.problem);
  return read.token;
}

describe("hub office add", () => {
  it("makes queue and key and prints the join token last", async () => {
    await hub.init();
    await hub.json("domain", "add", "example.net");
    const { out } = await hub.run(["office", "add", "mazar", "--limit", "200k"]);
    expect(tokenIn(out)).toEqual({
      domains: ["example.org", "example.net"],
      office: "mazar",
      host: "mazar.example.org",
      hub: "kabul.example.org",
      addresses: ["kabul.example.org:6209"],
      key: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect((await readdir(join(hub.dir, "queue/office/mazar"))).sort()).toEqual(["cur", "new", "tmp"]);
    const shown = await hub.json("office", "show", "mazar");
    expect(shown).toMatchObject({
      name: "mazar",
      host: "mazar.example.org",
      limit: 200_000,
      own: false,
      paused: false,
      people: 0,
    });
    expect(JSON.stringify(shown)).not.toContain(tokenIn(out).key);
  });

  it("has the token in its JSON, and nothing else on stdout", async () => {
    await hub.init();
    const made = await hub.json("office", "add", "mazar", "--host", "mz.example.net");
    expect(made).toMatchObject({ name: "mazar", host: "mz.example.net" });
    expect(tokenIn(String(made.token)).host).toBe("mz.example.net");
  });

  it.each([
    [["link.listen=127.0.0.1:7000"], [], ["127.0.0.1:7000"]],
    [["link.listen=127.0.0.1:0"], [], ["127.0.0.1:6209"]],
    [['link.listen=["0.0.0.0:7000","[::]:7000"]'], [], ["kabul.example.org:7000"]],
    [["link.listen=192.0.2.1:7000"], [], ["kabul.example.org:7000"]],
    [["link.listen=off"], [], ["kabul.example.org:6209"]],
    [[], ["--address", "a.example:1", "--address", "[2001:db8::1]:2"], ["a.example:1", "[2001:db8::1]:2"]],
  ])("with %j and %j writes the addresses %j", async (settings, options, addresses) => {
    await hub.init(...settings.flatMap((setting) => ["--set", setting]));
    const { out, err } = await hub.run(["office", "add", "mazar", ...options]);
    expect(tokenIn(out).addresses).toEqual(addresses);
    expect(err).toBe(
      settings[0] === "link.listen=off" ? "qrelay: link.listen is off in hub.toml: no office can call this hub\n" : "",
    );
  });

  it.each<[words: string[], code: number, reason: RegExp]>([
    [["mazar"], 73, /exists already/],
    [["m2", "--host", "mazar.example.org"], 73, /belongs to the office mazar/],
    [["m2", "--host", "mailhub.example.org"], 73, /organisation's domains/],
    [["../../x"], 65, /not an office name/],
    [["a\nb"], 65, /not an office name/],
    [["m2", "--host", "m2"], 65, /full host name/],
    [["m2", "--limit", "much"], 65, /--limit is "much"/],
    [["m2", "--address", "nowhere"], 64, /wanted HOST:PORT/],
  ])("refuses %j and leaves no queue", async (words, code, reason) => {
    await hub.init();
    await hub.json("office", "add", "mazar");
    const said = await hub.run(["office", "add", ...words]);
    expect(said.err).toMatch(reason);
    expect(said.code).toBe(code);
    expect(said.out).toBe("");
    expect(await readdir(join(hub.dir, "queue/office"))).toEqual(["mazar"]);
  });
});

describe("hub office", () => {
  beforeEach(async () => {
    await hub.init();
    await hub.json("office", "add", "mazar");
  });

  it("lists all offices", async () => {
    await hub.json("person", "add", "holly", "--office", "mazar");
    const { offices } = await hub.json("office", "list");
    expect(offices).toMatchObject([
      { name: "kabul", own: true, people: 1, current: true },
      { name: "mazar", own: false, people: 1, current: false },
    ]);
    expect((await hub.run(["office", "list"])).out).toMatch(
      /^OFFICE .*\nkabul .*the hub's own.*\nmazar .*active +never\n$/,
    );
  });

  it("decides what an office holds of the names, and says whether it has it", async () => {
    expect(await hub.json("office", "show", "mazar")).toMatchObject({ replica: "names", replicaCurrent: false });
    expect(await hub.json("office", "set", "mazar", "--replica", "none")).toMatchObject({
      replica: "none",
      replicaCurrent: true,
    });
    expect((await hub.run(["office", "set", "mazar", "--replica", "book"])).out).toMatch(
      /Replica +book \(the office has not the newest copy yet\)/,
    );
    const said = await hub.run(["office", "set", "mazar", "--replica", "all"]);
    expect(said).toMatchObject({
      code: 65,
      err: expect.stringContaining('--replica is "all", wanted none, names or book'),
    });
  });

  it("sets and takes away", async () => {
    const set = ["office", "set", "mazar"];
    expect(
      await hub.json(
        ...set,
        "--dial",
        "qmtp://192.0.2.7:209",
        "--windows",
        "0 7,17 * * *",
        "--zone",
        "Asia/Kabul",
        "--prefix",
        "mazar-",
      ),
    ).toMatchObject({ dial: "qmtp://192.0.2.7:209", windows: "0 7,17 * * *", zone: "Asia/Kabul", prefix: "mazar-" });
    const shown = await hub.json(...set, "--dial", "none", "--prefix", "none", "--limit", "20k");
    expect(shown).toMatchObject({ windows: "0 7,17 * * *", limit: 20_000 });
    expect(shown).not.toHaveProperty("dial");
    expect(shown).not.toHaveProperty("prefix");
  });

  it.each([
    [["--dial", "http://x:1"], /wanted tls:/],
    [["--dial", "qmtp://x"], /wanted tls:/],
    [["--windows", "sometimes"], /cron expression/],
    [["--zone", "Mars/Olympus"], /Asia\/Kabul/],
    [["--prefix", "a b"], /--prefix/],
    [["--limit", "0"], /--limit/],
  ])("refuses the settings %j", async (words, reason) => {
    const said = await hub.run(["office", "set", "mazar", ...words]);
    expect([said.code, said.err]).toEqual([65, expect.stringMatching(reason)]);
  });

  it("makes a new key", async () => {
    const first = await hub.json("office", "rekey", "mazar");
    const second = await hub.json("office", "rekey", "mazar");
    expect(tokenIn(String(first.token)).key).not.toBe(tokenIn(String(second.token)).key);
    expect((await hub.run(["office", "rekey", "kabul"])).code).toBe(65);
  });

  it("pauses and resumes", async () => {
    expect(await hub.json("office", "pause", "mazar")).toMatchObject({ paused: true });
    expect(await hub.json("office", "resume", "mazar")).toMatchObject({ paused: false });
    expect((await hub.run(["office", "pause", "nowhere"])).code).toBe(65);
  });

  it("removes an office without people and mail, with its queue and the link's memory of its old mail", async () => {
    for (const room of ["history", "partial"]) {
      await mkdir(join(hub.dir, room, "mazar", "sent"), { recursive: true });
      await mkdir(join(hub.dir, room, "herat"), { recursive: true });
    }
    await hub.json("office", "remove", "mazar");
    expect(await readdir(join(hub.dir, "queue/office"))).toEqual([]);
    expect(await readdir(join(hub.dir, "history"))).toEqual(["herat"]);
    expect(await readdir(join(hub.dir, "partial"))).toEqual(["herat"]);
    expect((await hub.run(["office", "show", "mazar"])).code).toBe(65);
    expect((await hub.json("explain", "x@mazar.example.org")).outcome).toBe("internet");
  });

  it("keeps an office that has people or mail", async () => {
    await hub.json("person", "add", "holly", "--office", "mazar");
    expect(await hub.run(["office", "remove", "mazar"])).toMatchObject({
      code: 73,
      err: expect.stringContaining("holly"),
    });
    await hub.json("person", "remove", "holly");
    await writeFile(join(hub.dir, "queue/office/mazar/new/1.M1P1Q1R1.host"), "Return-Path: <>\n");
    expect(await hub.run(["office", "remove", "mazar"])).toMatchObject({
      code: 75,
      err: expect.stringContaining("1 messages wait"),
    });
    expect((await hub.run(["office", "show", "mazar"])).code).toBe(0);
  });
});
