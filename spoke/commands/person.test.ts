import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyPassword } from "#shared/mailbox/passwords.js";
import { openSpokeDirectory } from "#spoke/directory/directory.js";
import { applyPeople } from "#spoke/directory/people-update.js";
import { TestOffice, TOKEN } from "./test-support.ts";

let office: TestOffice;
beforeEach(() => {
  office = new TestOffice();
});
afterEach(() => office.remove());

/** What the hub does in a window. */
function hubLists(version: number, ...names: string[]) {
  const directory = openSpokeDirectory(join(office.dir, "spoke.db"));
  applyPeople(directory, "herat", { version, office: "herat", people: names.map((name) => ({ name })) }, 1);
  directory.close();
}

describe("spoke person", () => {
  beforeEach(() => office.spoke(["join", TOKEN]));

  it("adds somebody before the first contact, with a mailbox", async () => {
    const maildir = join(office.dir, "mailboxes/holly/Maildir");
    const wanted = {
      name: "holly",
      domain: "example.org",
      office: "herat",
      maildir,
      suspended: false,
      address: "holly@herat.example.org",
      fullName: "Holly Short",
      listed: false,
      password: true,
    };
    expect(
      await office.json(["person", "add", "Holly", "--full-name", "Holly Short", "--password-stdin"], "fowl play 1\n"),
    ).toEqual(wanted);
    expect(await office.json(["person", "show", "HOLLY"])).toEqual(wanted);
    expect(readdirSync(maildir).sort()).toEqual(["cur", "new", "tmp"]);
  });

  it("keeps a password as a hash of the first line only", async () => {
    await office.json(["person", "add", "holly"]);
    await office.json(["person", "password", "holly", "--password-stdin"], "fowl play 1\r\nsecond line");
    const directory = openSpokeDirectory(join(office.dir, "spoke.db"));
    const held = directory.people.get("holly");
    directory.close();
    expect(await verifyPassword("fowl play 1", held?.passwordHash ?? "")).toBe(true);
    expect(held?.passwordAt).toBeGreaterThan(0);
  });

  it("lists everybody, for people and for programs", async () => {
    await office.json(["person", "add", "holly"]);
    hubLists(1, "ali");
    expect((await office.json(["person", "list"])).people).toMatchObject([
      { name: "ali", listed: true, address: "ali@example.org" },
      { name: "holly", listed: false },
    ]);
    expect((await office.spoke(["person", "list"])).out).toBe(
      "NAME   FULL NAME  MAY SIGN IN  GIVEN BY\nali               no password  hub\nholly             no password  this office\n",
    );
  });

  it("suspends, lets back in and removes, and never touches the mail", async () => {
    await office.json(["person", "add", "holly"]);
    expect((await office.json(["person", "suspend", "holly"])).suspended).toBe(true);
    expect((await office.json(["person", "suspend", "holly", "--off"])).suspended).toBe(false);
    expect((await office.spoke(["person", "remove", "holly"])).out).toContain("the mail is still in");
    expect(existsSync(join(office.dir, "mailboxes/holly/Maildir/new"))).toBe(true);
    expect((await office.spoke(["person", "show", "holly"])).exit).toBe(65);
  });

  it("leaves people of the hub's list to the hub, but for their password", async () => {
    hubLists(1, "ali");
    expect((await office.json(["person", "password", "ali", "--password-stdin"], "long enough")).password).toBe(true);
    for (const verb of ["suspend", "remove"]) {
      const said = await office.spoke(["person", verb, "ali"]);
      expect(said.exit).toBe(77);
      expect(said.err).toContain(`use \`qrelay hub person ${verb} ali\` there`);
    }
  });

  it.each([
    [["add", "holly@example.org"], 65],
    [["add", "root"], 65],
    [["add", "../up"], 65],
    [["add", "x".repeat(65)], 65],
    [["add", "zia", "--password-stdin"], 65],
    [["password", "nobody", "--password-stdin"], 65],
    [["password", "nobody"], 64],
    [["suspend", "nobody"], 65],
    [["remove", "nobody"], 65],
    [["add", "Postmaster"], 0],
  ])("answers %j with %i", async (argv, exit) => {
    expect((await office.spoke(["person", ...argv], "short")).exit).toBe(exit);
  });

  it("does not add somebody twice", async () => {
    await office.json(["person", "add", "holly"]);
    expect((await office.spoke(["person", "add", "HOLLY", "--full-name", "Other"])).exit).toBe(73);
    expect(await office.json(["person", "show", "holly"])).not.toHaveProperty("fullName");
  });

  it("says how to make an office where there is none", async () => {
    const said = await office.spoke(["person", "list", "--dir", join(office.folder, "nowhere")]);
    expect([said.exit, said.err]).toEqual([78, expect.stringContaining("make a spoke with qrelay spoke join")]);
  });
});
