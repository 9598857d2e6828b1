import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
  for (const office of ["mazar", "herat"]) await hub.json("office", "add", office);
});
afterEach(() => hub[Symbol.asyncDispose]());

async function sync(text: string | Uint8Array, ...options: string[]) {
  const file = join(hub.folder, "staff.csv");
  await writeFile(file, text);
  const said = await hub.run(["directory", "sync", file, ...options]);
  return { ...said, err: said.err.replaceAll(file, "FILE") };
}

const exported = async (): Promise<string> => (await hub.run(["directory", "export"])).out;
const HEADER = "name,office,full_name,suspended\n";
const START = `${HEADER}bob,mazar,Bob,no\neve,herat,,yes\nholly,mazar,Holly Short,no\n`;

describe("hub directory sync", () => {
  it("makes the directory equal to the list, and the second time nothing", async () => {
    expect((await sync(START)).out).toBe(
      "+ bob: mazar, Bob\n+ eve: herat, suspended\n+ holly: mazar, Holly Short\nDone: 3 added\n",
    );
    const next = `\ufeffFull Name;Name;Office;Desk\r\nRobert;bob;herat;1\r\n;holly;mazar;2\r\n;zoe;kabul;3\r\n`;
    expect(await sync(next)).toEqual({
      code: 0,
      err: "qrelay: not read from FILE: Desk\n",
      out: [
        "+ zoe: kabul",
        "> bob: mazar -> herat",
        '~ bob: "Bob" -> "Robert"',
        '~ holly: "Holly Short" -> no full name',
        "- eve: herat",
        "Done: 1 added, 1 moved, 2 changed, 1 removed; moved 1 waiting messages",
        "",
      ].join("\n"),
    });
    expect(hub.moves).toEqual(["bob mazar herat"]);
    expect(await exported()).toBe(`${HEADER}bob,herat,Robert,no\nholly,mazar,,no\nzoe,kabul,,no\n`);
    expect(await readdir(join(hub.dir, "mailboxes"))).toEqual(["postmaster", "zoe"]);
    expect((await sync(next)).out).toBe("Done: nothing to change\n");
    expect(hub.moves).toHaveLength(1);
  });

  it("shows in a dry run what it would do, and does nothing", async () => {
    await sync(START);
    const next = START.replace("bob,mazar", "bob,herat").replace("no\n", "yes\n");
    expect(await sync(next, "--dry-run")).toEqual({
      code: 0,
      err: "",
      out: "> bob: mazar -> herat\n~ bob: suspended\nWould be done: 1 moved, 1 suspended\n",
    });
    expect(JSON.parse((await sync(next, "--dry-run", "--json")).out)).toEqual({
      dryRun: true,
      people: 3,
      added: [],
      moved: [{ name: "bob", from: "mazar", to: "herat" }],
      changed: [],
      suspended: ["bob"],
      resumed: [],
      removed: [],
    });
    expect(await exported()).toBe(START);
    expect(hub.moves).toEqual([]);
  });

  it("says everything that is wrong with file and line, and changes nothing", async () => {
    await sync(START);
    await hub.json("alias", "set", "sales", "bob");
    const { code, err } = await sync("name,office\nnew,mazar\nbob,nowhere\nsales,herat\n.x,mazar\npostmaster,kabul\n");
    expect(code).toBe(65);
    expect(err.split("\n")).toEqual([
      "qrelay: Cannot sync FILE: nothing was changed",
      'FILE:3: there is no office "nowhere" for bob',
      "FILE:4: there is an alias sales, for bob: remove it first",
      expect.stringMatching(/^FILE:5: "\.x" is not a name/),
      'FILE:6: "postmaster" is a role address: leave it out',
      "",
    ]);
    expect(await exported()).toBe(START);
  });

  it("keeps everything as it was when aliases lead to somebody who is not in the list", async () => {
    await sync(START);
    await hub.json("alias", "set", "sales", "bob@example.org", "holly");
    const { code, err } = await sync(`${HEADER}new,mazar,,\neve,mazar,,\n`);
    expect(code).toBe(73);
    expect(err.split("\n").slice(1, -1)).toEqual([
      "bob is not in the list, but aliases lead there: sales",
      "holly is not in the list, but aliases lead there: sales",
    ]);
    expect(await exported()).toBe(START);
  });

  it("refuses to remove many people without --force", async () => {
    const crowd = Array.from({ length: 11 }, (_, index) => `crowd${index},mazar,,no\n`).join("");
    await sync(START + crowd);
    const refused = await sync(START);
    expect(refused).toMatchObject({ code: 65, out: "", err: expect.stringMatching(/11 of 14 people.*--force/) });
    const dry = await sync(START, "--dry-run");
    expect(dry).toMatchObject({ code: 65, out: expect.stringContaining("11 removed"), err: refused.err });
    expect(await exported()).toContain("crowd10");
    expect(await sync(START, "--force")).toMatchObject({ code: 0 });
    expect(await exported()).toBe(START);
  });

  it("does not believe a list of nobody", async () => {
    await sync(START);
    expect(await sync(HEADER)).toMatchObject({ code: 65, err: expect.stringMatching(/names nobody/) });
    expect(await sync(HEADER, "--force")).toMatchObject({ code: 0 });
    expect(await hub.json("person", "list")).toMatchObject({ people: [{ name: "postmaster" }] });
  });

  it("moves waiting mail with the next run when it could not be moved", async () => {
    await sync(START);
    const move = hub.moveQueued;
    hub.moveQueued = () => Promise.reject(new Error("the disk is full"));
    const next = START.replaceAll("mazar", "herat");
    const failed = await sync(next);
    expect(failed).toMatchObject({
      code: 75,
      err: expect.stringMatching(/bob.*the disk is full.*\nholly.*full; give/),
    });
    hub.moveQueued = move;
    expect((await sync(next)).out).toBe("Done: nothing to change; moved 3 waiting messages\n");
    expect(hub.moves).toEqual(["bob mazar herat", "holly mazar herat"]);
    await sync(next);
    expect(hub.moves).toHaveLength(2);
  });

  it("tells of aliases and mailboxes that stay behind", async () => {
    await sync(START);
    await hub.json("alias", "set", "sales", "bob@mazar.example.org");
    const { out, err } = await sync(START.replace("bob,mazar", "bob,kabul"));
    expect([err, out]).toEqual([
      "qrelay: these aliases still name bob at another office: sales\n",
      "> bob: mazar -> kabul\nDone: 1 moved; moved 1 waiting messages\n",
    ]);
    expect((await sync(START)).out).toMatch(/The old mail of bob stays in .*mailboxes\/bob\/Maildir\n$/);
  });

  it.each([
    [Buffer.from("name,office\nh\xf6lly,mazar\n", "latin1"), /it is not UTF-8/],
    ["x".repeat(100_000_001), /longer than 100000000 bytes/],
  ])("refuses a file that it cannot read", async (bytes, reason) => {
    expect(await sync(bytes)).toMatchObject({ code: 65, err: expect.stringMatching(reason) });
    const missing = await hub.run(["directory", "sync", "/nonexistent"]);
    expect(missing).toMatchObject({ code: 65, err: expect.stringContaining("/nonexistent") });
  });

  it("takes what export gives, in either format", async () => {
    await sync(`${START}ümit,kabul,"Ümit ""X"", the; 2nd",no\n`);
    for (const format of ["csv", "json"]) {
      const { out } = await hub.run(["directory", "export", "--format", format]);
      const file = join(hub.folder, `again.${format}`);
      await writeFile(file, out);
      expect((await hub.run(["directory", "sync", file])).out).toBe("Done: nothing to change\n");
    }
    expect(JSON.parse((await hub.run(["directory", "export", "--json"])).out)).toHaveLength(4);
  });

  it("makes any directory equal to any list", async () => {
    const somebody = fc.tuple(
      fc.constantFrom("kabul", "mazar", "herat"),
      fc.constantFrom("", "A B", '"q", x'),
      fc.constantFrom("yes", "no"),
    );
    const staff = fc.dictionary(fc.constantFrom(..."abcdefgh"), somebody, { noNullPrototype: true });
    const lines = fc.array(staff, { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(lines, async (days) => {
        for (const day of days) {
          const rows = Object.entries(day)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, [office, full, suspended]]) => [name, office, quoted(full), suspended].join(","));
          const text = HEADER + rows.map((row) => `${row}\n`).join("");
          expect(await sync(text, "--force")).toMatchObject({ code: 0 });
          expect(await exported()).toBe(text);
          expect((await sync(text)).out).toBe("Done: nothing to change\n");
        }
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

function quoted(text: string): string {
  return text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;
}
