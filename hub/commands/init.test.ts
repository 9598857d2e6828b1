import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadHubConfig } from "#hub/config.js";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
});
afterEach(() => hub[Symbol.asyncDispose]());

const INIT = ["init", "--domain", "example.org", "--office", "kabul"];

async function goesTo(address: string): Promise<unknown> {
  const { destinations } = await hub.json("explain", address);
  return (destinations as { kind: string; recipient: string }[]).map(({ kind, recipient }) => `${kind} ${recipient}`);
}

describe("hub init", () => {
  it("makes a private folder with everything in it", async () => {
    expect(await hub.json(...INIT, "--set", "smtp.listen=127.0.0.1:0")).toEqual({
      dir: hub.dir,
      domain: "example.org",
      office: "kabul",
      host: "kabul.example.org",
      postmaster: "the mailbox postmaster here",
    });
    expect((await readdir(hub.dir)).sort()).toEqual(["directory.db", "hub.toml", "mailboxes", "partial", "queue"]);
    for (const maildir of ["queue/sorting", "queue/internet", "mailboxes/postmaster/Maildir"]) {
      expect((await readdir(join(hub.dir, maildir))).sort()).toEqual(["cur", "new", "tmp"]);
    }
    for (const folder of ["", "queue", "queue/office", "mailboxes", "mailboxes/postmaster", "partial"]) {
      expect((await stat(join(hub.dir, folder))).mode & 0o777).toBe(0o700);
    }
    for (const file of ["hub.toml", "directory.db"]) expect((await stat(join(hub.dir, file))).mode & 0o777).toBe(0o600);
    const config = loadHubConfig(hub.dir);
    expect(config).toMatchObject({ domain: "example.org", office: "kabul", host: "kabul.example.org" });
    expect(config.listen.smtp).toEqual([{ host: "127.0.0.1", port: 0 }]);
  });

  it.each([
    "postmaster",
    "Postmaster@example.org",
    "abuse@example.org",
    "root@localhost",
    "MAILER-DAEMON@kabul.example.org",
  ])("gives %s a target: the mailbox here", async (address) => {
    await hub.init();
    expect(await goesTo(address)).toEqual(["mailbox postmaster@example.org"]);
  });

  it("gives the roles to --postmaster", async () => {
    await hub.init("--postmaster", "admin@example.net");
    expect(await goesTo("root@localhost")).toEqual(["internet admin@example.net"]);
  });

  it("takes a postmaster who is added later: until then the mailbox here has the mail", async () => {
    await hub.init("--postmaster", "holly@example.org");
    expect(await goesTo("abuse")).toEqual(["mailbox postmaster@example.org"]);
    await hub.json("person", "add", "holly", "--office", "kabul");
    expect(await goesTo("abuse")).toEqual(["mailbox holly@example.org"]);
  });

  it("works in an empty folder that is there", async () => {
    await mkdir(hub.dir, { mode: 0o755 });
    await hub.init();
    expect((await stat(hub.dir)).mode & 0o777).toBe(0o700);
  });

  it("never overwrites a hub", async () => {
    await hub.init();
    const before = await readFile(join(hub.dir, "hub.toml"), "utf8");
    const { code, err } = await hub.run(["init", "--domain", "example.net", "--office", "herat"]);
    expect(code).toBe(73);
    expect(err).toMatch(/hub\.toml is there already/);
    expect(await readFile(join(hub.dir, "hub.toml"), "utf8")).toBe(before);
    expect((await hub.json("domain", "list")).domains).toEqual([
      { name: "example.org", main: true, ownPeople: false, people: 1 },
    ]);
  });

  it.each<[words: string[], code: number, reason: RegExp]>([
    [["init", "--domain", "example.org"], 64, /--office/],
    [["init", "--domain", "not a domain", "--office", "kabul"], 78, /domain/],
    [["init", "--domain", "example", "--office", "kabul"], 65, /"example" is not a full host name/],
    [["init", "--domain", "example.org", "--office", "Kabul!"], 78, /office/],
    [["init", "--domain", "example.org", "--office", "internet"], 65, /already has a meaning/],
    [
      ["init", "--domain", "example.org", "--office", "kabul", "--host", "example.org"],
      73,
      /one of the organisation's domains/,
    ],
    [[...INIT, "--set", "smtp.listen=nonsense"], 78, /smtp\.listen/],
    [[...INIT, "--set", "colour=red"], 78, /colour/],
    [[...INIT, "--set", "nonsense"], 64, /KEY=VALUE/],
    [[...INIT, "--postmaster", "|/bin/sh"], 65, /programs/],
    [[...INIT, "--postmaster", "root@example.org"], 65, /role itself/],
  ])("leaves nothing behind when %j fails", async (words, code, reason) => {
    const said = await hub.run(words);
    expect(said.err).toMatch(reason);
    expect(said.code).toBe(code);
    expect(await readdir(hub.folder)).toEqual([]);
  });

  it("takes back only what it made", async () => {
    await mkdir(hub.dir);
    await writeFile(join(hub.dir, "notes"), "mine");
    expect((await hub.run([...INIT, "--host", "example.org"])).code).toBe(73);
    expect(await readdir(hub.dir)).toEqual(["notes"]);
  });
});
