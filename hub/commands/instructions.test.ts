import { appendFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
  for (const name of ["holly", "bob"]) await hub.json("person", "add", name, "--office", "kabul");
});
afterEach(() => hub[Symbol.asyncDispose]());

describe("hub instructions", () => {
  it("sets, shows, lists and removes", async () => {
    await hub.json("instructions", "set", "Holly", "./", "Holly@Example.net");
    await hub.json("instructions", "set", "holly", "--extension", "news-default", "bob");
    expect(await hub.json("instructions", "show", "holly")).toEqual({
      person: "holly",
      extension: "",
      lines: ["./", "Holly@Example.net"],
    });
    expect((await hub.run(["instructions", "show", "holly"])).out).toBe("./\nHolly@Example.net\n");
    expect((await hub.run(["instructions", "list", "holly"])).out).toMatch(
      /\nholly +\.\/, Holly@Example\.net\nholly-news-default +bob\n$/,
    );
    await hub.json("instructions", "remove", "holly");
    expect((await hub.run(["instructions", "show", "holly"])).code).toBe(65);
    expect(await hub.json("instructions", "list")).toMatchObject({ instructions: [{ extension: "news-default" }] });
  });

  it("are seen by the next question, and go with the person", async () => {
    await hub.json("instructions", "set", "holly", "bob");
    expect(await hub.json("explain", "holly@example.org")).toMatchObject({ destinations: [{ name: "bob" }] });
    await hub.json("person", "remove", "holly");
    await hub.json("person", "add", "holly", "--office", "kabul");
    expect(await hub.json("explain", "holly@example.org")).toMatchObject({ destinations: [{ name: "holly" }] });
  });

  it("reads a .qmail file", async () => {
    const file = join(hub.dir, "dot-qmail");
    await writeFile(file, "# both\n./Maildir/\n&bob@example.org\n");
    await hub.json("instructions", "set", "holly", "--file", file);
    expect(await hub.json("explain", "holly@example.org")).toMatchObject({
      destinations: [{ name: "bob" }, { name: "holly" }],
    });
  });

  it.each<[words: string[], code: number, reason: RegExp]>([
    [["holly", "nobody"], 65, /nobody leads nowhere: no such person/],
    [["eve", "./"], 65, /no such person/],
    [["holly", "|vacation"], 65, /programs are not allowed: set programs\.allow/],
    [["holly", "./", "/etc/passwd"], 65, /line 2: files are not written/],
    [["holly", "--extension", "a/b", "./"], 65, /wanted letters, digits/],
    [["holly"], 64, /Say the instructions/],
    [["holly", "./", "--file", "x"], 64, /not both/],
    [["holly", "--file", "/nonexistent/file"], 65, /Cannot read/],
  ])("refuses %j", async (words, code, reason) => {
    const said = await hub.run(["instructions", "set", ...words]);
    expect(said.err).toMatch(reason);
    expect(said.code).toBe(code);
    expect(await hub.json("instructions", "list")).toEqual({ instructions: [] });
  });
});

it("hub instructions has a limit on the records of one person", async () => {
  for (let count = 0; count < 50; count += 1)
    await hub.json("instructions", "set", "holly", "--extension", `x${count}`, "bob");
  await hub.json("instructions", "set", "holly", "--extension", "x0", "./");
  expect(await hub.run(["instructions", "set", "holly", "--extension", "more", "bob"])).toMatchObject({
    code: 65,
    err: expect.stringContaining("50 records already: remove one, or use a default"),
  });
});

describe("programs", () => {
  it("must be allowed, and their account named, before a record may name one", async () => {
    for (const words of [
      ["route", "set", "tickets@example.org", "program:new-ticket"],
      ["alias", "set", "tickets", "|new-ticket"],
    ])
      expect(await hub.run(words)).toMatchObject({
        code: 65,
        err: expect.stringContaining("programs are not allowed"),
      });
    await appendFile(join(hub.dir, "hub.toml"), `\n[programs]\nallow = true\n`);
    expect(await hub.run(["alias", "list"])).toMatchObject({ code: 78, err: expect.stringContaining("programs.user") });
    await appendFile(join(hub.dir, "hub.toml"), `user = ${JSON.stringify(userInfo().username)}\n`);
    await hub.json("alias", "set", "tickets", "|new-ticket");
    await hub.json("route", "set", "tickets-*@example.org", "program:new-ticket");
    await hub.json("instructions", "set", "holly", "|vacation", "./");
    for (const address of ["tickets", "tickets-x", "holly"])
      expect(await hub.json("explain", `${address}@example.org`)).toMatchObject({ outcome: "program" });
  });
});
