import { appendFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands, type Said } from "../../test/support/hub-commands.ts";
import { letter, STAR } from "./test-star-tree.ts";

let hub: HubCommands;
let tree: string;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
  tree = join(hub.folder, "qmail");
});
afterEach(() => hub[Symbol.asyncDispose]());

async function plant(files: Record<string, string | Buffer>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(tree, dirname(name)), { recursive: true });
    await writeFile(join(tree, name), text);
  }
}

/** Each sends on to the other: qmail went round until a message had come too often. */
const CIRCLE = {
  "control/virtualdomains": "x.example:x\ny.example:y\n",
  "x/.qmail-default": "| forward $DEFAULT@y.example\n",
  "y/.qmail-default": "| forward $DEFAULT@x.example\n",
};

async function plantStar(): Promise<void> {
  await plant(STAR);
  for (const name of ["herat", "mazar"])
    for (const box of ["tmp", "new", "cur"]) await mkdir(join(tree, "qrelay", name, box), { recursive: true });
}

function load(...options: string[]): Promise<Said> {
  return hub.run(["import", "qmail", tree, ...options]);
}

interface Imported {
  lines: { file: string; line: number; verdict: string; becomes: string }[];
  problems: { file: string; line: number; says: string }[];
  counts: Record<string, number>;
}

async function loadJson(...options: string[]): Promise<Imported & { code: number }> {
  const { code, out } = await load("--json", ...options);
  return { code, ...(JSON.parse(out) as Imported) };
}

async function state(): Promise<unknown[]> {
  const lists = [
    ["office", "list"],
    ["person", "list"],
    ["alias", "list"],
    ["domain", "list"],
    ["route", "list"],
  ];
  return await Promise.all(lists.map((words) => hub.json(...words)));
}

describe("hub import qmail", () => {
  it("says in a dry run what each line becomes, and changes nothing", async () => {
    await plantStar();
    const before = await state();
    const said = await loadJson("--dry-run");
    expect(said.code).toBe(0);
    expect(
      said.lines.map(({ file, line, verdict, becomes }) => `${file}:${line} ${verdict} ${becomes}`),
    ).toMatchSnapshot();
    expect(await state()).toEqual(before);
    expect(await readdir(join(tree, "qrelay/herat/new"))).toHaveLength(1);
    const { out } = await load("--dry-run");
    expect(out).toMatch(/^control\/virtualdomains:1 +herat\.example\.org:qrelay-herat +office herat/m);
    expect(out).toContain('[[smtp.rule]]\nfrom = "10.1.0.0/16"    # etc/smtp.rules:2\nallow = true\nrelay = true\n');
    expect(out).toContain("Would import 1 domain, 2 offices, 3 people, 9 aliases, 0 records of instructions, 2 routes");
  });

  it("imports the star with the mail that waits, and may be repeated", async () => {
    await plantStar();
    expect(await load()).toMatchObject({ code: 0, err: "" });
    expect(await hub.json("office", "show", "herat")).toMatchObject({
      host: "herat.example.org",
      prefix: "qrelay-herat-",
    });
    expect(await hub.json("person", "show", "alexy")).toMatchObject({ office: "herat" });
    expect(await hub.json("person", "show", "joe")).toMatchObject({ office: "kabul" });
    expect(await hub.json("alias", "show", "sales")).toEqual({
      name: "sales",
      targets: ["alexy", "holly@example.org", "customer@far.example"],
      owner: "owner-sales",
    });
    expect(await hub.json("alias", "show", "staff")).toMatchObject({
      targets: ["alexy", "holly"],
      owner: "staff-owner",
    });
    expect(await hub.json("explain", "alexy@example.net")).toMatchObject({
      destinations: [{ kind: "office", name: "herat", recipient: "alexy@herat.example.org" }],
    });
    expect(await hub.json("explain", "x@far.example")).toMatchObject({ outcome: "route" });
    const waiting = await readdir(join(hub.dir, "queue/office/herat/new"));
    expect(waiting).toHaveLength(2);
    expect([
      ...(await readdir(join(tree, "qrelay/herat/new"))),
      ...(await readdir(join(tree, "qrelay/herat/cur"))),
    ]).toEqual([]);

    const after = (await state()).map((one) => JSON.stringify(one).replace(/"changed[^,]*,/g, ""));
    expect((await load()).code).toBe(0);
    expect((await state()).map((one) => JSON.stringify(one).replace(/"changed[^,]*,/g, ""))).toEqual(after);
  });

  it("prints rules that hub.toml takes", async () => {
    await plantStar();
    const { out } = await load("--json");
    await appendFile(join(hub.dir, "hub.toml"), `\n${(JSON.parse(out) as { toml: string }).toml}\n`);
    expect((await hub.run(["domain", "list"])).code).toBe(0);
  });

  it("takes a letter over once, also when the old file came back after a crash", async () => {
    await plantStar();
    await load();
    await plant({ "qrelay/herat/new/1900000000.1.kabul": STAR["qrelay/herat/new/1900000000.1.kabul"] ?? "" });
    expect((await load()).code).toBe(0);
    expect(await readdir(join(hub.dir, "queue/office/herat/new"))).toHaveLength(2);
    expect(await readdir(join(tree, "qrelay/herat/new"))).toEqual([]);
  });

  it("leaves waiting mail with --keep-mail", async () => {
    await plantStar();
    expect((await load("--keep-mail")).out).toContain(`2 messages wait in ${join(tree, "qrelay/herat")}`);
    expect(await readdir(join(tree, "qrelay/herat/new"))).toHaveLength(1);
  });

  it("keeps what has been set since for an office that is there", async () => {
    await plantStar();
    await load();
    await hub.json("office", "set", "herat", "--prefix", "none");
    expect((await loadJson()).counts).toMatchObject({ office: 0 });
    expect((await hub.json("office", "show", "herat")).prefix).toBeUndefined();
  });

  it("takes a path from the root in a copied tree for one in the copy", async () => {
    await plantStar();
    await plant({ "qrelay/.qmail-herat-default": "/qrelay/herat/\n" });
    expect((await load()).out).toContain(`Took over 2 messages from ${join(tree, "qrelay/herat")}`);
  });

  it("takes the outbound Maildir of :qrelay to be routed, each letter once, and leaves what it cannot read", async () => {
    await plant({
      "control/virtualdomains": "herat.example.org:qrelay-herat\n:qrelay\n",
      "qrelay/.qmail-default": "./Maildir/\n",
      "qrelay/Maildir/cur/x": "no envelope\n",
      "qrelay/Maildir/new/1900000000.1.k": letter("qrelay-herat-alexy@herat.example.org"),
      "qrelay/Maildir/new/1900000001.2.k": letter("qrelay-joe@far.example"),
    });
    const said = await load();
    expect(said.code).toBe(75);
    expect(said.out).toContain("Took over 2 messages");
    expect(said.err).toMatch(/left in .*Maildir: Cannot read entry "x"/);
    expect(await readdir(join(hub.dir, "queue/office/herat/new"))).toHaveLength(1);
    expect(await readdir(join(hub.dir, "queue/internet/new"))).toHaveLength(1);
    expect(await readdir(join(tree, "qrelay/Maildir/new"))).toEqual([]);
  });

  it("knows an office by its name alone where its dot-qmail file is elsewhere, unless --home says where", async () => {
    await plant({ "control/virtualdomains": "herat.example.org:qrelay-herat\nx.example:acct-x\n" });
    const { lines } = await loadJson("--dry-run");
    expect(lines.map(({ line, verdict }) => `${line} ${verdict}`)).toEqual(
      ["1 carried", "1 left", "2 left"].map((one) => one.replace("left", "not-carried")),
    );
    await plant({ "elsewhere/.qmail-x-default": "./x/\n" });
    const { counts } = await loadJson("--dry-run", "--home", `acct=${join(tree, "elsewhere")}`);
    expect(counts).toMatchObject({ office: 2 });
  });

  it.each<[what: string, files: Record<string, string | Buffer>, where: string[]]>([
    [
      "a cycle, in which qmail lost mail",
      { aliases: "a: b\nb: a\nself: self\n" },
      ["aliases:1", "aliases:2", "aliases:3"],
    ],
    ["nobody", { aliases: "ok: postmaster\nsales: nobody\n" }, ["aliases:2"]],
    ["an alias without targets", { aliases: "a:\n" }, ["aliases:1"]],
    ["a name that is none", { aliases: '"a b": postmaster\n' }, ["aliases:1"]],
    ["a target that is none", { aliases: "a: b@-x-\n" }, ["aliases:1"]],
    ["another charset", { aliases: Buffer.from("ok: postmaster\nm\xfcller: postmaster\n", "latin1") }, ["aliases:2"]],
    ["a broken cdb", { "aliases.cdb": Buffer.alloc(2048, 1) }, ["aliases.cdb:1"]],
    ["a file that is too large", { aliases: Buffer.alloc(20_000_001, 0x0a) }, ["aliases:1"]],
    ["a bad route", { "control/smtproutes": "a.example:ok.example\nb.example:x:y\n" }, ["control/smtproutes:2"]],
    ["a bad domain", { "control/locals": "-x-.example\n" }, ["control/locals:1"]],
    ["a bad virtual domain", { "control/virtualdomains": "a b:c\n" }, ["control/virtualdomains:1"]],
    ["an unfinished users/assign", { "users/assign": "=a:a:1:1:/a:::\n" }, ["users/assign:1"]],
    ["a bad rule", { "etc/qmtp.rules": "1.2.3.4:Allow\n" }, ["etc/qmtp.rules:1"]],
    ["a bad dot-qmail file", { "alias/.qmail-x": "\n&postmaster\n" }, ["alias/.qmail-x:1"]],
    ["a zero byte", { aliases: "ok: postmaster\na: post\0master\n" }, ["aliases:2"]],
    ["a line of a megabyte", { aliases: `ok: postmaster\na: ${"b".repeat(1_000_000)}\n` }, ["aliases:2"]],
    [
      "another charset in a dot-qmail file",
      { "alias/.qmail-x": Buffer.from("&postmaster\n&m\xfcller\n", "latin1") },
      ["alias/.qmail-x:2"],
    ],
    ["a folder for a file", { "control/locals/x": "" }, ["control/locals:1"]],
    ["a folder for the alias file", { "aliases/x": "" }, ["aliases:1"]],
    [
      "a circle of routes",
      CIRCLE,
      ["control/virtualdomains:1", "control/virtualdomains:2", "x/.qmail-default:1", "y/.qmail-default:1"],
    ],
    ["two of everything", { aliases: "a:\n", "control/locals": "x y\n" }, ["aliases:1", "control/locals:1"]],
  ])("imports nothing for %s, and says where", async (_what, files, where) => {
    await plant({ "control/me": "kabul.example.org\n", ...files });
    const before = await state();
    const { code, err } = await load();
    expect(err.split("\n").flatMap((line) => /^qrelay: (\S+:\d+): /.exec(line)?.[1] ?? [])).toEqual(where);
    expect(err).toContain("Nothing was imported");
    expect(code).toBe(65);
    expect(await state()).toEqual(before);
    expect((await loadJson("--dry-run")).problems.map(({ file, line }) => `${file}:${line}`)).toEqual(where);
  });

  it("reads files with CRLF, comments that go on, duplicate keys, empty files and a last line without its end", async () => {
    await plant({
      "control/me": "kabul.example.org\r\n",
      "control/locals": "",
      "control/smtproutes": "a.example:one.example\r\nA.Example:two.example\r\n",
      "users/assign": "=joe:joe:1:1:/home/joe:::\r\n.\r\n",
      aliases: "# off:\r\n  not: an alias\r\nsales:\r\n joe,\r\n\r\n  x@far.example\r\nSALES: nobody\r\nlast: joe",
    });
    const { code, lines } = await loadJson();
    expect(code).toBe(0);
    const said = lines.map(({ file, line, verdict }) => `${file}:${line} ${verdict}`);
    expect(said).toEqual([
      "aliases:3 carried",
      "aliases:7 not-carried",
      "aliases:8 note",
      "aliases:8 carried",
      "control/me:1 carried",
      "control/rcpthosts:0 note",
      "control/smtproutes:1 not-carried",
      "control/smtproutes:2 carried",
      "users/assign:1 carried",
    ]);
    expect(await hub.json("alias", "show", "sales")).toMatchObject({ targets: ["joe", "x@far.example"] });
    expect(await hub.json("alias", "show", "last")).toMatchObject({ targets: ["joe"] });
    expect(await hub.json("explain", "x@a.example")).toMatchObject({ destinations: [{ name: "two.example:25" }] });
  });

  it("does not post somebody elsewhere who is posted already", async () => {
    await hub.json("person", "add", "alexy", "--office", "kabul");
    await plantStar();
    const { code, err } = await load();
    expect([code, err.split("\n")[0]]).toEqual([65, expect.stringMatching(/aliases:2: .*posted at kabul/)]);
  });

  it.each([
    [["--rules", "pop3=/x"], 64, /wanted smtp=FILE/],
    [["--home", "x"], 64, /wanted USER=FOLDER/],
    [["--aliases", "/nonexistent"], 65, /nonexistent/],
    [["--rules", "smtp=/nonexistent"], 65, /nonexistent/],
    [[], 65, /wanted a folder like/],
  ])("refuses %j", async (options, code, reason) => {
    await mkdir(tree);
    const said = await load(...options);
    expect(said.err).toMatch(reason);
    expect(said.code).toBe(code);
  });

  it("reads rules and aliases from where it is told", async () => {
    await plant({
      "tcp.smtp": "tcp-env: 10.1.: setenv = RELAYCLIENT\n1.2.3.4:deny\n",
      other: "sales: postmaster\n",
      "control/me": "k\n",
    });
    const { code, out } = await load("--rules", `smtp=${join(tree, "tcp.smtp")}`, "--aliases", join(tree, "other"));
    expect(code).toBe(0);
    expect(out).toMatch(/from = "10\.1\.0\.0\/16" .*\nallow = true\nrelay = true/);
    expect(out).toMatch(/from = "1\.2\.3\.4" .*\nallow = false/);
    expect(await hub.json("alias", "show", "sales")).toMatchObject({ targets: ["postmaster"] });
  });
});
