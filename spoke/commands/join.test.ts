import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadSpokeConfig } from "#spoke/config.js";
import { openSpokeDirectory } from "#spoke/directory/directory.js";
import { KEY, TestOffice, TOKEN } from "./test-support.ts";

let office: TestOffice;
beforeEach(() => {
  office = new TestOffice();
});
afterEach(() => office.remove());

function mode(...names: string[]) {
  return statSync(join(office.dir, ...names)).mode & 0o777;
}

describe("spoke join", () => {
  it("makes the folder from the token, for its owner only", async () => {
    expect(await office.json(["join", TOKEN])).toEqual({
      office: "herat",
      host: "herat.example.org",
      domains: ["example.org", "example.net"],
      hub: "kabul.example.org",
      dir: office.dir,
      link: { name: "hub", connect: "tls://kabul.example.org:6209" },
    });
    expect(readdirSync(office.dir).sort()).toEqual(["mailboxes", "queue", "spoke.db", "spoke.toml"]);
    for (const leaf of ["queue/sorting", "queue/outbound", "mailboxes/postmaster/Maildir"]) {
      expect(readdirSync(join(office.dir, leaf)).sort()).toEqual(["cur", "new", "tmp"]);
      expect(mode(leaf, "new")).toBe(0o700);
    }
    expect([mode(), mode("queue"), mode("mailboxes"), mode("spoke.toml"), mode("spoke.db")]).toEqual([
      0o700, 0o700, 0o700, 0o600, 0o600,
    ]);
    const config = loadSpokeConfig(office.dir);
    expect(config.links).toMatchObject([
      { name: "hub", connect: { host: "kabul.example.org", port: 6209 }, windows: [] },
    ]);
    expect(config.key).toEqual(KEY);
    expect(openSpokeDirectory(join(office.dir, "spoke.db")).people.list()).toEqual([]);
  });

  it("reads the token from a file that holds all that the hub printed", async () => {
    const file = join(office.folder, "token.txt");
    writeFileSync(file, `Office herat added. Its token:\n\n${TOKEN}\n`);
    expect((await office.spoke(["join", file])).out).toContain(
      "Joined example.org as office herat (herat.example.org)",
    );
  });

  it("writes keys that are set, also of the link", async () => {
    await office.json(["join", TOKEN, "--set", "smtp.listen=127.0.0.1:0", "--set", "link.duplex=half"]);
    const config = loadSpokeConfig(office.dir);
    expect(config.listen.smtp).toEqual([{ host: "127.0.0.1", port: 0 }]);
    expect(config.links[0]?.duplex).toBe("half");
  });

  it("takes a folder that is there and empty, and closes it to others", async () => {
    mkdirSync(office.dir, { mode: 0o755 });
    await office.json(["join", TOKEN]);
    expect(mode()).toBe(0o700);
  });

  it("never overwrites", async () => {
    await office.json(["join", TOKEN]);
    await office.json(["person", "add", "holly"]);
    const before = readFileSync(join(office.dir, "spoke.toml"), "utf8");
    const again = await office.spoke(["join", TOKEN, "--set", "smtp.listen=off"]);
    expect(again.exit).toBe(73);
    expect(again.err).toContain(`${office.dir}/spoke.toml is already there`);
    expect(readFileSync(join(office.dir, "spoke.toml"), "utf8")).toBe(before);
    expect((await office.json(["person", "show", "holly"])).name).toBe("holly");
  });

  it.each(["spoke.db", "queue", "mailboxes", "hub.toml"])("leaves a folder with %s alone", async (name) => {
    mkdirSync(office.dir);
    writeFileSync(join(office.dir, name), "mine");
    expect((await office.spoke(["join", TOKEN])).exit).toBe(73);
    expect(readdirSync(office.dir)).toEqual([name]);
    expect(readFileSync(join(office.dir, name), "utf8")).toBe("mine");
  });

  it.each([
    ["a token that is none", ["join", "qr1.broken"], 65],
    ["a token cut short", ["join", TOKEN.slice(0, -9)], 65],
    ["no such file", ["join", "/no/such/file"], 65],
    ["an unknown key", ["join", TOKEN, "--set", "smtp.lisen=off"], 78],
    ["a wrong value", ["join", TOKEN, "--set", "smtp.listen=nowhere"], 78],
    ["no KEY=VALUE", ["join", TOKEN, "--set", "nonsense"], 64],
    ["no token", ["join"], 64],
  ])("leaves nothing behind when given %s", async (_title, argv, exit) => {
    const said = await office.spoke(argv);
    expect([said.exit, said.out]).toEqual([exit, ""]);
    expect(said.err).not.toContain(KEY.toString("base64url"));
    expect(existsSync(office.dir)).toBe(false);
  });

  it("says why a folder cannot be made", async () => {
    writeFileSync(join(office.folder, "file"), "");
    const said = await office.spoke(["join", TOKEN, "--dir", join(office.folder, "file", "below")]);
    expect([said.exit, said.err]).toEqual([
      73,
      expect.stringContaining(`Cannot make ${office.folder}/file/below: ENOTDIR`),
    ]);
  });
});
