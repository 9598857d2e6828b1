import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSpokeDirectory, type SpokeDirectory } from "#spoke/directory/directory.js";
import { TestOffice, TOKEN } from "./test-support.ts";

let office: TestOffice;
beforeEach(async () => {
  office = new TestOffice();
  await office.spoke(["join", TOKEN]);
  for (const name of ["holly", "ali"]) await office.spoke(["person", "add", name]);
});
afterEach(() => office.remove());

const alias = (...words: string[]) => office.spoke(["alias", ...words]);

function inDirectory<T>(work: (directory: SpokeDirectory) => T): T {
  const directory = openSpokeDirectory(join(office.dir, "spoke.db"));
  try {
    return work(directory);
  } finally {
    directory.close();
  }
}

/** The organisation has maria and all, and this office has heard of it. */
function holdNames(): void {
  inDirectory((directory) => {
    for (const name of ["maria", "all"]) directory.names.put({ name });
    directory.settings.set("namesVersion", 3);
    directory.settings.set("namesAt", Date.now());
  });
}

async function targetsOf(name: string): Promise<unknown> {
  return (await office.json(["alias", "show", name])).targets;
}

describe("spoke alias", () => {
  it("sets, shows, lists, replaces and removes one", async () => {
    expect(await office.json(["alias", "set", "Radio", "Holly", "X@Far.Example", "holly", "--owner", "ali"])).toEqual({
      name: "radio",
      targets: ["holly", "X@far.example"],
      owner: "ali",
    });
    expect(await office.json(["alias", "list"])).toMatchObject({ aliases: [{ name: "radio", owner: "ali" }] });
    expect((await alias("show", "RADIO")).out).toBe(
      "Alias       radio\nOwner       ali\nStands for  holly, X@far.example\n",
    );
    expect((await alias("set", "radio", "ali")).out).toBe("radio@herat.example.org stands for ali\n");
    expect(await office.json(["alias", "show", "radio"])).toEqual({ name: "radio", targets: ["ali"] });
    expect(await office.json(["alias", "remove", "radio"])).toEqual({ name: "radio" });
    expect((await alias("show", "radio")).exit).toBe(65);
    expect((await alias("remove", "radio")).exit).toBe(65);
  });

  it.each([
    ["a person's name", ["holly", "ali"], 73, /there is a person of that name here/],
    ["postmaster", ["postmaster", "ali"], 65, /mailbox, which every office has/],
    ["a name with a domain", ["radio@herat.example.org", "ali"], 65, /the part before the @ only/],
    ["no name", ["a b", "ali"], 65, /wanted the part before the @/],
    ["a long name", ["x".repeat(65), "ali"], 65, /longer than 64 bytes/],
    ["itself", ["radio", "ali", "radio"], 65, /back to itself/],
    ["nobody here", ["radio", "ali", "x@herat.example.org"], 65, /the target x@herat.example.org leads nowhere/],
    ["a program", ["radio", "|rm"], 65, /programs are not allowed/],
    ["a file", ["radio", "/etc/passwd"], 65, /files are not allowed/],
    ["a header", ["radio", "a\nb@far.example"], 65, /control characters/],
    ["too many", ["radio", ...Array.from({ length: 1001 }, (_x, at) => `x${at}@far.example`)], 65, /1001 targets/],
    ["an owner that is nobody", ["radio", "ali", "--owner", "x@localhost"], 65, /the owner x@localhost leads/],
    ["no target", ["radio"], 64, /missing required argument/],
  ])("refuses %s, and nothing has changed", async (_what, words, exit, says) => {
    const said = await alias("set", ...words);
    expect(said.exit).toBe(exit);
    expect(said.err).toMatch(says);
    expect(await office.json(["alias", "list"])).toEqual({ aliases: [] });
  });

  it("refuses a circle in whichever order it is made, and what others need", async () => {
    await alias("set", "one", "ali");
    await alias("set", "two", "one");
    expect((await alias("set", "one", "two")).err).toMatch(
      /^qrelay: Cannot set the alias one: it would lead back to itself/,
    );
    expect(await alias("remove", "one")).toMatchObject({
      exit: 73,
      err: expect.stringContaining("change them first: two"),
    });
    await alias("set", "two", "holly");
    expect((await alias("remove", "one")).exit).toBe(0);
  });

  it("warns when the organisation has the name, and refuses a name that nobody has", async () => {
    holdNames();
    const said = await alias("set", "all", "holly", "maria");
    expect(said).toMatchObject({ exit: 0, err: expect.stringContaining("only all@herat.example.org is this alias") });
    expect((await alias("set", "radio", "holly", "nobody")).err).toMatch(
      /the target nobody leads nowhere: .*headquarters' list/,
    );
    const check = await office.spoke(["check"]);
    expect(check.out).toMatch(/alias all: the organisation has the name too/);
  });

  it("is found by check when the directory changes under it", async () => {
    await alias("set", "radio", "holly", "ali");
    await alias("set", "store", "radio");
    expect((await office.spoke(["check"])).out).not.toContain("alias ");
    await office.spoke(["person", "remove", "ali"]);
    holdNames();
    await office.spoke(["person", "add", "radio"]);
    const { out, exit } = await office.spoke(["check"]);
    expect(exit).toBe(78);
    expect(out).toMatch(/alias radio: it is never asked: the person radio comes first/);
    await office.spoke(["person", "remove", "radio"]);
    expect((await office.spoke(["check"])).out).toMatch(/alias radio: the target ali leads nowhere/);
    inDirectory(({ aliases }) => aliases.put({ name: "radio", targets: ["store"] }, 0));
    expect((await office.spoke(["check"])).out).toMatch(/alias radio: it would lead back to itself/);
  });

  it("exports what it imports, in one go", async () => {
    const file = join(office.folder, "aliases.txt");
    writeFileSync(file, "# ours\nradio: holly,\n  x@far.example\nstore: radio\n");
    await alias("set", "radio", "ali", "--owner", "ali");
    expect(await office.json(["alias", "import", file])).toEqual({ set: 2, problems: [] });
    const { out } = await alias("export");
    expect(out).toBe("# owner of radio: ali\nradio: holly, x@far.example\nstore: radio\n");
    writeFileSync(file, out);
    expect((await alias("import", file)).exit).toBe(0);
    expect((await alias("export")).out).toBe(out);
  });

  it("imports all of a file or nothing, unless it may leave lines out", async () => {
    const file = join(office.folder, "aliases.txt");
    const lines = [
      "radio: holly",
      "holly: ali",
      "bad",
      'run: "|rm"',
      "radio: ali",
      "x: y@herat.example.org",
      "y: x",
      "",
    ];
    writeFileSync(file, lines.join("\n"));
    const said = await alias("import", file);
    expect(said.exit).toBe(65);
    for (const line of [3, 4, 5]) expect(said.err).toContain(`${file}:${line}: `);
    expect(await office.json(["alias", "list"])).toEqual({ aliases: [] });
    expect(await alias("import", file, "--skip-bad")).toMatchObject({ exit: 0, out: "Set 1 aliases, left out 6\n" });
    expect(await targetsOf("radio")).toEqual(["holly"]);
    expect((await alias("import", join(office.folder, "none"))).exit).toBe(65);
    writeFileSync(file, "a: b\n".repeat(250_000));
    expect((await alias("import", file)).err).toMatch(/longer than 1000000 bytes/);
    writeFileSync(file, Buffer.from("radio: h\xf6lly\n", "latin1"));
    expect((await alias("import", file)).err).toMatch(/:1: not UTF-8/);
  });

  it("bounds how many there are", async () => {
    const file = join(office.folder, "aliases.txt");
    writeFileSync(file, Array.from({ length: 1001 }, (_x, at) => `a${at}: ali\n`).join(""));
    expect((await alias("import", file)).err).toMatch(/at most 1000 aliases/);
  });
});

describe("spoke explain, of an alias", () => {
  it("says the sender that goes on, every place and what fails, for people and for scripts", async () => {
    await alias("set", "radio", "holly", "x@far.example", "maria", "--owner", "ali");
    await office.spoke(["person", "remove", "holly"]);
    holdNames();
    expect(await office.json(["explain", "radio", "--from", "s@far.example"])).toMatchObject({
      outcome: "several",
      sender: "ali@example.org",
      destinations: [
        { kind: "office", name: "outbound", recipient: "maria@example.org" },
        { kind: "internet", name: "outbound", recipient: "x@far.example" },
      ],
      problems: [{ recipient: "holly@example.org", outcome: "refused", status: "5.1.1" }],
    });
    const { out } = await office.spoke(["explain", "radio", "--from", "s@far.example"]);
    expect(out).toContain("  from ali@example.org\n");
    expect(out).toContain("  refused holly@example.org: 5.1.1 ");
    // A bounce keeps its sender.
    expect(await office.json(["explain", "radio", "--from", "#@[]"])).toMatchObject({ sender: "#@[]" });
  });
});
