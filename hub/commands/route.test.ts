import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
});
afterEach(() => hub[Symbol.asyncDispose]());

const SMTP = ["example.net", "smtp://a.example"];
const LOGIN = ["--login", "relay", "--password-stdin"];

async function routes(): Promise<unknown> {
  return (await hub.json("route", "list")).routes;
}

describe("hub route set", () => {
  it.each([
    [["--tls", "implicit"], { tls: "implicit" }, "TLS implicit"],
    [["--tls", "off"], { tls: "off" }, "TLS off"],
    [["--tls", "opportunistic"], {}, ""],
    [LOGIN, { tls: "require", login: "relay" }, "TLS require, login relay"],
    [["--tls", "opportunistic", ...LOGIN], { tls: "require", login: "relay" }, "TLS require, login relay"],
    [["--tls", "verify", ...LOGIN], { tls: "verify", login: "relay" }, "TLS verify, login relay"],
    [["--accept", "--check", "probe"], { accept: true, check: "probe" }, "asked whether it has a recipient"],
  ])("with %j says %j, and never the password", async (options, said, words) => {
    const made = await hub.run(["route", "set", ...SMTP, ...options, "--json"], "the secret\nmore\n");
    const document = { pattern: "example.net", destination: "smtp://a.example", accept: false, ...said };
    expect(JSON.parse(made.out)).toEqual(document);
    expect(await routes()).toEqual([document]);
    const { out } = await hub.run(["route", "list"]);
    expect(out).toContain(words);
    expect(made.out + out).not.toContain("secret");
  });

  it("replaces a route as a whole: a new host does not get the old one's password", async () => {
    await hub.run(["route", "set", ...SMTP, ...LOGIN], "the secret\n");
    await hub.json("route", "set", "example.net", "smtp://b.example");
    expect(await routes()).toEqual([{ pattern: "example.net", destination: "smtp://b.example", accept: false }]);
  });

  it.each<[string, string[], number, RegExp, string?]>([
    ["a password in plain text", [...SMTP, "--tls", "off", ...LOGIN], 65, /never sent without TLS/],
    ["an empty password", [...SMTP, ...LOGIN], 65, /1 to 1000 bytes/, "\n"],
    ["a password of a megabyte", [...SMTP, ...LOGIN], 65, /1 to 1000 bytes/, "x".repeat(1_000_000)],
    ["a password with a NUL", [...SMTP, ...LOGIN], 65, /no NUL/, "a\0b\n"],
    ["a login alone", [...SMTP, "--login", "relay"], 64, /come together/],
    ["a password alone", [...SMTP, "--password-stdin"], 64, /come together/],
    ["a policy that is none", [...SMTP, "--tls", "maybe"], 64, /Allowed choices/],
    ["an authority that is not asked for", [...SMTP, "--ca", "CA"], 65, /no certificate/],
    ["TLS to an address", ["example.net", "to:bob@example.org", "--tls", "off"], 65, /must be smtp:/],
    ["a question to an address", ["example.net", "to:bob@example.org", "--check", "probe"], 65, /must be smtp:/],
    ["a check of what nobody else may send", [...SMTP, "--check", "probe"], 65, /say --accept/],
    ["a list without names", [...SMTP, "--accept", "--check", "list"], 64, /come together/],
    ["names without a list", [...SMTP, "--accept", "--known", "NAMES"], 64, /come together/],
    ["a list of nobody", [...SMTP, "--accept", "--check", "list", "--known", "NAMES"], 65, /all mail would be refused/],
    [
      "a list that is not there",
      [...SMTP, "--accept", "--check", "list", "--known", "/x"],
      65,
      /Cannot import the names/,
    ],
    ["our own domain for our own people", ["example.org", "smtp://a.example"], 73, /say --accept/],
    ["our own domain by its MX", ["example.org", "mx", "--accept"], 73, /name this hub/],
  ])("refuses %s, and changes nothing", async (_what, words, code, why, stdin = "the secret\n") => {
    await writeFile(join(hub.folder, "NAMES"), "# nobody\n");
    await writeFile(join(hub.folder, "CA"), "no certificate\n");
    const there = words.map((word) => (/^(NAMES|CA)$/.test(word) ? join(hub.folder, word) : word));
    const said = await hub.run(["route", "set", ...there], stdin);
    expect(said.code).toBe(code);
    expect(said.err).toMatch(why);
    expect(said.err).not.toContain("secret");
    expect(await routes()).toEqual([]);
  });

  it("keeps a list of names with its route, and no longer", async () => {
    await writeFile(join(hub.folder, "names"), "kim\nlena\n");
    const list = [...SMTP, "--accept", "--check", "list", "--known", join(hub.folder, "names")];
    expect(await hub.json("route", "set", ...list)).toMatchObject({ check: "list", names: 2 });
    expect((await hub.json("explain", "kim@example.net")).outcome).toBe("route");
    expect(await hub.json("explain", "max@example.net")).toMatchObject({ outcome: "refused", status: "5.1.1" });
    await hub.json("route", "remove", "example.net");
    await hub.json("route", "set", ...SMTP, "--accept");
    expect((await hub.json("explain", "max@example.net")).outcome).toBe("route");
  });

  it("sends names that nobody has to the route of our own domain, and explains it without asking anybody", async () => {
    await hub.json("route", "set", "example.org", "smtp://a.invalid", "--accept", "--check", "probe");
    const { out } = await hub.run(["explain", "kim@example.org", "--client", "192.0.2.1"]);
    expect(out).toMatch(/fallback example\.org: nobody has that name here/);
    expect(out).toMatch(/probe example\.org: no hub is running that could know an answer: would ask a\.invalid:25/);
    expect((await hub.json("explain", "postmaster@example.org")).outcome).toBe("mailbox");
  });
});
