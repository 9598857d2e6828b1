import { writeFile } from "node:fs/promises";
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

const BORN = ["abuse", "mailer-daemon", "root"];

async function names(): Promise<unknown[]> {
  const { aliases } = await hub.json("alias", "list");
  return (aliases as { name: string }[]).map(({ name }) => name).filter((name) => !BORN.includes(name));
}

describe("hub alias", () => {
  it("sets, shows, lists and removes", async () => {
    await hub.json("alias", "set", "Sales", "holly", "Ali@Example.NET", "--owner", "bob");
    const sales = { name: "sales", targets: ["holly", "Ali@example.net"], owner: "bob" };
    expect(await hub.json("alias", "show", "SALES")).toEqual(sales);
    expect((await hub.run(["alias", "list"])).out).toMatch(/\nsales +bob +holly, Ali@example\.net\n$/);
    await hub.json("alias", "remove", "sales");
    expect(await names()).toEqual([]);
    expect((await hub.run(["alias", "show", "sales"])).code).toBe(65);
  });

  it("may be written to by some only", async () => {
    await hub.json("alias", "set", "staff", "holly", "bob", "--post", "organisation");
    expect(await hub.json("alias", "show", "staff")).toMatchObject({ post: "organisation" });
    expect((await hub.run(["alias", "list"])).out).toMatch(/\nstaff +organisation +holly, bob\n$/);
    const from = (sender: string) => hub.json("explain", "staff@example.org", "--from", sender);
    expect(await from("bob@example.org")).toMatchObject({ outcome: "several" });
    expect(await from("x@far.example")).toMatchObject({ outcome: "refused", status: "5.7.1" });
    await hub.json("alias", "set", "staff", "holly", "bob");
    expect(await from("x@far.example")).toMatchObject({ outcome: "several" });
    expect((await hub.run(["alias", "set", "staff", "holly", "--post", "friends"])).code).toBe(64);
  });

  it("includes a file, which is seen by the next question, and goes out and in by files", async () => {
    const list = join(hub.folder, "staff.txt");
    await writeFile(list, "# all\nholly\nx@example.net\n");
    await hub.json("alias", "set", "staff", `:Include:${list}`, "bob");
    expect(await hub.json("alias", "show", "staff")).toMatchObject({ targets: [`:include:${list}`, "bob"] });
    const reached = async () => {
      const { destinations } = (await hub.json("explain", "staff")) as { destinations: { recipient: string }[] };
      return destinations.map(({ recipient }) => recipient);
    };
    expect(await reached()).toEqual(["bob@example.org", "holly@example.org", "x@example.net"]);
    await writeFile(list, "y@example.net\n");
    expect(await reached()).toEqual(["bob@example.org", "y@example.net"]);
    const { out } = await hub.run(["alias", "export"]);
    expect(out).toContain(`staff: :include:${list}, bob\n`);
    await hub.json("alias", "remove", "staff");
    const saved = join(hub.folder, "aliases");
    await writeFile(saved, out);
    await hub.json("alias", "import", saved);
    expect(await reached()).toEqual(["bob@example.org", "y@example.net"]);
    await writeFile(list, "bob\nholly nobody\n");
    const again = await hub.run(["alias", "set", "staff", `:include:${list}`]);
    expect(again).toMatchObject({
      code: 65,
      err: expect.stringContaining(`the target nobody (${list}:2) leads nowhere`),
    });
    await writeFile(list, "bob\n|/bin/sh\n");
    expect((await hub.run(["alias", "import", saved])).err).toContain(`${list}:2: "|/bin/sh": programs`);
  });

  it("is moderated by an owner who can be asked, and says so", async () => {
    const announce = ["alias", "set", "announce", "holly", "--moderate"];
    expect(await hub.run(announce)).toMatchObject({ code: 65, err: expect.stringContaining("name an owner") });
    expect(await hub.run([...announce, "--owner", "nobody"])).toMatchObject({
      code: 65,
      err: expect.stringContaining("its owner nobody leads nowhere"),
    });
    await hub.json(...announce, "--owner", "bob", "--post", "organisation");
    expect(await hub.json("alias", "show", "announce")).toMatchObject({ moderate: true, owner: "bob" });
    expect((await hub.run(["alias", "list"])).out).toMatch(/\nannounce +bob +organisation, others held +holly\n/);
    const asked = await hub.run([
      "explain",
      "announce@example.org",
      "--from",
      "x@far.example",
      "--client",
      "192.0.2.1",
    ]);
    expect(asked.out).toContain("announce@example.org: held\n  to announce@example.org (held announce)\n");
    expect(asked.out).toContain("held for the owner's approval");
    await hub.json("alias", "set", "announce", "holly", "--owner", "bob");
    expect(await hub.json("alias", "show", "announce")).not.toHaveProperty("moderate");
    expect(await hub.json("list", "held")).toEqual({ messages: [] });
  });

  it("is seen by the next question", async () => {
    await hub.json("alias", "set", "sales", "holly");
    expect(await hub.json("explain", "sales@example.org")).toMatchObject({ outcome: "mailbox" });
    await hub.json("alias", "set", "sales", "holly", "bob", "x@example.net");
    expect(await hub.json("explain", "sales@example.org", "--client", "192.0.2.1")).toMatchObject({
      outcome: "several",
    });
  });

  it.each<[words: string[], code: number, reason: RegExp]>([
    [["a", "a"], 65, /lead back to itself/],
    [["a", "nobody"], 65, /no such person/],
    [["a", "|/bin/sh"], 65, /programs/],
    [["a", ":include:/nowhere/list"], 65, /\/nowhere\/list: there is no such file/],
    [["a", "bob", ":include:/dev/zero"], 65, /\/dev\/zero: it is no file/],
    [["a", ":include:list"], 65, /relative/],
    [["a", ":include:/a b"], 65, /a path may hold/],
    [["a", "x\r\ny"], 65, /control/],
    [["holly", "bob"], 73, /person of that name/],
    [["a"], 64, /target/],
  ])("refuses %j", async (words, code, reason) => {
    const said = await hub.run(["alias", "set", ...words]);
    expect(said.err).toMatch(reason);
    expect(said.code).toBe(code);
    expect(await names()).toEqual([]);
  });

  it("keeps an alias that others lead to, unless they still reach somebody", async () => {
    await hub.json("alias", "set", "sales", "holly");
    await hub.json("alias", "set", "all", "sales@example.org");
    expect(await hub.run(["alias", "remove", "sales"])).toMatchObject({
      code: 73,
      err: expect.stringContaining("all"),
    });
    await hub.json("alias", "remove", "abuse");
    expect(await hub.json("explain", "abuse")).toMatchObject({ outcome: "mailbox" });
  });
});

describe("hub alias import", () => {
  async function load(text: string, ...options: string[]) {
    const file = join(hub.folder, "aliases");
    await writeFile(file, text);
    const said = await hub.run(["alias", "import", file, ...options]);
    return { ...said, err: said.err.replaceAll(file, "FILE") };
  }

  it("sets all aliases of a file and keeps the others", async () => {
    await hub.json("alias", "set", "kept", "bob");
    const { out } = await load("# staff\nall: sales,\n  kept\nSales : holly, Ali@Example.NET\r\n\n");
    expect(out).toBe("Set 2 aliases\n");
    expect(await names()).toEqual(["all", "kept", "sales"]);
  });

  it("names file and line of everything that is wrong, and changes nothing", async () => {
    const bad = await load(
      "good: holly\nshell: |/bin/sh\nno colon here\nfile: bob, /dev/sda\ngood: bob\n.x: bob\nempty:\n",
    );
    expect(bad.code).toBe(65);
    expect(bad.err.split("\n").slice(1, -1)).toEqual([
      expect.stringMatching(/^FILE:2: .*programs/),
      expect.stringMatching(/^FILE:3: wanted NAME/),
      expect.stringMatching(/^FILE:4: .*files/),
      "FILE:5: good is already in line 1",
      expect.stringMatching(/^FILE:6: .*not a name/),
      "FILE:7: empty has no target",
    ]);
    expect(await names()).toEqual([]);
  });

  it("names the lines that the directory refuses, and changes nothing", async () => {
    const { code, err } = await load("good: holly\na: b\nb: a\nc: nobody\nholly: bob\n");
    expect(code).toBe(65);
    expect(err.match(/FILE:\d+/g)).toEqual(["FILE:2", "FILE:3", "FILE:4", "FILE:5"]);
    expect(await names()).toEqual([]);
  });

  it("leaves out what is bad with --skip-bad, and what only led there", async () => {
    const { code, out, err } = await load("good: holly\nshell: |x\nc: nobody\nd: c\ne: d\n", "--skip-bad");
    expect([code, out]).toEqual([0, "Set 1 aliases, left out 4\n"]);
    expect(err.match(/FILE:\d+/g)).toEqual(["FILE:2", "FILE:3", "FILE:4", "FILE:5"]);
    expect(await names()).toEqual(["good"]);
  });

  it("takes what export gives", async () => {
    await hub.json("alias", "set", "sales", "holly", "x@example.net", "--owner", "bob");
    await hub.json("alias", "set", "all", "sales", "bob");
    const { out } = await hub.run(["alias", "export"]);
    expect(out).toContain("# owner of sales: bob\nsales: holly, x@example.net\n");
    for (const name of ["all", "sales"]) await hub.json("alias", "remove", name);
    expect((await load(out)).code).toBe(0);
    expect((await hub.run(["alias", "export"])).out).toBe(out.replace("# owner of sales: bob\n", ""));
  });

  it("keeps what a line cannot say: the owner, and who may write to it", async () => {
    await hub.json("alias", "set", "sales", "holly", "--owner", "bob", "--post", "members", "--moderate");
    expect((await load("sales: holly, bob\n")).code).toBe(0);
    expect(await hub.json("alias", "show", "sales")).toEqual({
      name: "sales",
      targets: ["holly", "bob"],
      owner: "bob",
      post: "members",
      moderate: true,
    });
    expect((await hub.run(["alias", "export"])).out).toContain(
      "# who may write to sales: members\n# held for the owner of sales: what others write\nsales: holly, bob\n",
    );
  });

  it("exports CSV with owners", async () => {
    await hub.json("alias", "set", "sales", "holly", "x@example.net", "--owner", "bob");
    const { out } = await hub.run(["alias", "export", "--format", "csv"]);
    expect(out.split("\n")).toEqual(
      expect.arrayContaining(["name,targets,owner,post,moderate", "sales,holly x@example.net,bob,,"]),
    );
  });

  it("reads names and addresses as newaliases does", async () => {
    expect((await load('sales: "holly" (on leave) bob\nall: Holly <sales>, bob\n# off: x\n  y\n')).code).toBe(0);
    expect((await hub.json("alias", "show", "sales")).targets).toEqual(["holly", "bob"]);
    expect((await hub.json("alias", "show", "all")).targets).toEqual(["sales", "bob"]);
  });

  it("says which file it cannot read", async () => {
    expect(await hub.run(["alias", "import", "/nonexistent"])).toMatchObject({
      code: 65,
      err: expect.stringContaining("/nonexistent"),
    });
  });
});
