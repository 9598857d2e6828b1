import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

/** Trees whose virtual domains, wildcards and catch-alls become routes and aliases, asked by `explain`. */
let hub: HubCommands;
let tree: string;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
  tree = join(hub.folder, "qmail");
});
afterEach(() => hub[Symbol.asyncDispose]());

async function load(files: Record<string, string>): Promise<{ said: string; code: number }> {
  for (const [name, text] of Object.entries({ "control/me": "kabul.example.org\n", ...files })) {
    await mkdir(join(tree, dirname(name)), { recursive: true });
    await writeFile(join(tree, name), text);
  }
  const { code, out, err } = await hub.run(["import", "qmail", tree]);
  return { code, said: out + err };
}

/** Where a recipient goes: `PLACE RECIPIENT`, or why nowhere. */
async function goes(address: string, from?: string): Promise<string> {
  const sender = from === undefined ? [] : ["--from", from];
  const said = await hub.json("explain", address, ...sender);
  const destinations = said.destinations as { kind: string; name: string; recipient: string }[];
  if (destinations.length === 0) return `refused ${String(said.status)}`;
  return destinations.map(({ kind, name, recipient }) => `${kind} ${name} ${recipient}`).join(", ");
}

/** Sends to `seen.example` under the name that qmail-local was called with. */
const SEEN = "| forward $LOCAL@seen.example\n";

describe("hub import qmail, virtual domains", () => {
  it("sends each of qmail's own examples where qmail did", async () => {
    const lines = [
      "example.com:foo",
      ".example.com:foo-bar",
      "two.example.com:baz",
      "waldo@domain.com:qux",
      "domain.com:",
      "handed.example:",
      "seen.example:",
      ":garply",
    ];
    const { code, said } = await load({
      "control/virtualdomains": `${lines.join("\n")}\n`,
      "control/smtproutes": "handed.example:relay.example:26\n",
      "foo/.qmail-default": SEEN,
      "baz/.qmail-default": SEEN,
      "qux/.qmail-default": SEEN,
      "garply/.qmail-default": SEEN,
    });
    expect([code, said]).toEqual([0, expect.stringMatching(/Imported .* 12 routes/)]);
    const expected: [address: string, where: string][] = [
      ["user@example.com", "foo-user"],
      ["user@a.b.example.com", "foo-bar-user"],
      ["user@two.example.com", "baz-user"],
      ["user@three.two.example.com", "foo-bar-user"],
      ["Waldo@DOMAIN.com", "qux-waldo"],
      ["sub@x.domain.com", "garply-sub"],
    ];
    for (const [address, local] of expected)
      expect(`${address} ${(await goes(address)).toLowerCase()}`).toBe(
        `${address} internet internet ${local}@seen.example`,
      );
    expect(await goes("other@domain.com")).toBe("internet internet other@domain.com");
    expect(await goes("other@handed.example")).toBe("smtp relay.example:26 other@handed.example");
  });

  it("answers for the names of a virtual domain with their own files, then with its default", async () => {
    const { code, said } = await load({
      "control/virtualdomains": "club.example:club\n",
      "club/.qmail-joe": "&joe@far.example\n",
      "club/.qmail-board": "&joe@far.example\njane@far.example\n",
      "club/.qmail-board-owner": "&jane@far.example\n",
      "club/.qmail-old-default": "&archive@far.example\nbackup@far.example\n",
      "club/.qmail-default": `| forward ${"$"}{DEFAULT}@club.far.example\n`,
    });
    expect([code, said]).toEqual([0, expect.stringContaining("alias club-board@example.org: joe@far.example")]);
    expect(await goes("joe@club.example")).toBe("internet internet joe@far.example");
    expect(await goes("board@club.example")).toBe(
      "internet internet jane@far.example, internet internet joe@far.example",
    );
    const { sender } = await hub.json("explain", "board@club.example", "--from", "x@y.example");
    expect(sender).toBe("club-board-owner@example.org");
    expect(await goes("old-2@club.example")).toBe(
      "internet internet archive@far.example, internet internet backup@far.example",
    );
    expect(await goes("Anna@club.example")).toBe("internet internet Anna@club.far.example");
  });

  it("keeps the files for single names of a domain whose other names fastforward has", async () => {
    await load({
      "control/virtualdomains": "second.example:alias-second\n",
      "alias/.qmail-second-default": "| fastforward -d /etc/aliases.cdb\n",
      "alias/.qmail-second-boss": "&boss@far.example\n",
      aliases: "sales: sales@far.example\n",
    });
    expect(await goes("boss@second.example")).toBe("internet internet boss@far.example");
    expect(await goes("sales@second.example")).toBe("internet internet sales@far.example");
  });
});

describe("hub import qmail, names by their beginning", () => {
  it("makes routes of .qmail-NAME-default and of lines with a plus, and keeps what is more exact", async () => {
    const { code, said } = await load({
      "users/assign": [
        "=joe:joe:503:78:/home/joe:::",
        "+joe-:joe:503:78:/home/joe:-::",
        "=boss:joe:503:78:/home/joe:::",
        "+j.:joe:503:78:/home/joe:-::",
        "=press:joe:503:78:/home/joe:-:news:",
        "+list-:lists:504:78:/home/lists:-:l-:",
        "+:alias:1:2:/var/qmail/alias:-::",
        ".",
        "",
      ].join("\n"),
      "home/joe/.qmail-news": "./Maildir/\n&joe@far.example\n",
      "home/lists/.qmail-l-a": "&a@far.example\n",
      "home/lists/.qmail-l-default": "&owner@far.example\n",
      "alias/.qmail-web-default": "&web@far.example\n",
      "alias/.qmail-web-x": "&x@far.example\n",
      aliases: "web-y: y@far.example\n",
    });
    expect([code, said]).toEqual([0, expect.stringMatching(/aliases:1 .*not carried over: qmail never came to it/)]);
    expect(await goes("boss@example.org")).toBe("mailbox joe joe@example.org");
    expect(await goes("joe-news@example.org")).toBe("mailbox joe joe@example.org, internet internet joe@far.example");
    expect(await goes("press@example.org")).toBe(await goes("joe-news@example.org"));
    expect(await goes("j.news@example.org")).toBe(await goes("joe-news@example.org"));
    expect(await goes("list-a@example.org")).toBe("internet internet a@far.example");
    expect(await goes("list-b@example.org")).toBe("internet internet owner@far.example");
    expect(await goes("web-x@example.org")).toBe("internet internet x@far.example");
    expect(await goes("web-y@example.org")).toBe("internet internet web@far.example");
  });

  it("makes a catch-all of .qmail-default only where no alias would be hidden by it", async () => {
    const files = { "alias/.qmail-default": "&all@far.example\n" };
    expect((await load(files)).said).toContain("alias @example.org: all@far.example");
    expect(await goes("anybody@example.org")).toBe("internet internet all@far.example");
    await hub.json("alias", "remove", "@example.org");
    const { said } = await load({ ...files, aliases: "sales: sales@far.example\n" });
    expect(said).toContain("not carried over: a catch-all");
    const sent = await load({ "alias/.qmail-default": "| forward $LOCAL@mailhub.far.example\n" });
    expect(sent.said).toContain("not carried over: every name that nobody has goes on to {LOCAL}@mailhub.far.example");
    expect(await goes("sales@example.org")).toBe("internet internet sales@far.example");
    expect(await goes("anybody@example.org")).toBe("refused 5.1.1");
  });
});
