import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GENEVE, HERAT, plantTree, qmailLetter } from "../../support/qmail-star.ts";
import { flush, killAll, mailbox, qrelay, qrelayJson, queued, startNode } from "../../support/star.ts";

let folder: string;
let hub: string;
let spoke: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "qrelay-import-"));
  hub = join(folder, "hub");
  spoke = join(folder, "spoke");
});
afterEach(async () => {
  await killAll();
  await rm(folder, { recursive: true, force: true });
});

const FREE_PORTS = ["smtp", "submission", "qmtp", "pop3", "http"].flatMap((one) => [
  "--set",
  `${one}.listen=127.0.0.1:0`,
]);

async function makeHub(): Promise<void> {
  const words = ["hub", "init", "--domain", "example.org", "--office", "geneve", "--dir", hub];
  await qrelayJson([...words, "--set", "link.listen=127.0.0.1:0", ...FREE_PORTS]);
}

async function joinHerat(): Promise<void> {
  await qrelayJson(["hub", "office", "set", "herat", "--prefix", "none", "--dir", hub]);
  const rekey = ["hub", "office", "rekey", "herat", "--address", "127.0.0.1:6209", "--dir", hub];
  const { token } = await qrelayJson<{ token: string }>(rekey);
  await qrelayJson(["spoke", "join", token, ...FREE_PORTS, "--dir", spoke]);
}

async function importAtHerat(...more: string[]) {
  const tree = join(folder, "herat");
  return await qrelay([
    ...["spoke", "import", "qmail", tree, "--passwd", join(tree, "passwd")],
    ...["--dir", spoke, ...more],
  ]);
}

async function subjects(kind: "mailbox" | "queue", dir: string, name: string): Promise<string[]> {
  const found = kind === "mailbox" ? await mailbox(dir, name) : await queued(dir, name);
  return found.map((message) => message.header("subject") ?? "").sort((a, b) => (a < b ? -1 : 1));
}

/** A dozen processes, each of which takes half a second to start, and many more on a busy machine. */
const SLOW_MS = 180_000;

describe("the articles' star", { timeout: SLOW_MS }, () => {
  it("goes over to qrelay, hub first, then an office, and every letter is there once", async () => {
    await plantTree(join(folder, "geneve"), GENEVE);
    await plantTree(join(folder, "herat"), HERAT);
    await makeHub();
    const taken = await qrelay(["hub", "import", "qmail", join(folder, "geneve"), "--dir", hub]);
    expect([taken.code, taken.err]).toEqual([0, ""]);
    expect(taken.out).toContain("Imported 0 domains, 2 offices, 4 people");
    await joinHerat();
    const running = await startNode("hub", hub);
    expect((await flush(spoke, running.port("link"))).ended).toBe("drained");
    expect(await subjects("mailbox", spoke, "holly")).toEqual(["for holly"]);

    const { code, out } = await importAtHerat("--copy-mailboxes");
    expect(code).toBe(0);
    expect(out).toContain("holly, whom headquarters lists here");
    expect(out).toContain("qrelay spoke alias set drivers omar@herat.example.org depot@far.example");
    expect(out).toContain("2 messages of holly stay in");
    expect(await subjects("mailbox", spoke, "holly")).toEqual(["for holly", "read", "unread"]);
    expect(await subjects("queue", spoke, "outbound")).toEqual(["to a colleague", "to a friend"]);
    expect(await readdir(join(folder, "herat/qrelay/Maildir/new"))).toEqual([]);
    expect(await readdir(join(folder, "herat/home/holly/Maildir/new"))).toHaveLength(1);

    // A second time, with a copy of an adopted letter back in its place as a backup would bring it.
    await plantTree(join(folder, "herat"), HERAT);
    expect((await importAtHerat("--copy-mailboxes")).code).toBe(0);
    expect(await subjects("mailbox", spoke, "holly")).toEqual(["for holly", "read", "unread"]);
    expect(await subjects("queue", spoke, "outbound")).toEqual(["to a colleague", "to a friend"]);

    expect((await flush(spoke, running.port("link"))).ended).toBe("drained");
    expect(await subjects("queue", hub, "office/ankara")).toEqual(["for alexy", "to a colleague"]);
    expect(await subjects("queue", spoke, "outbound")).toEqual([]);
  });

  it("says in a dry run at an office what each line becomes, and changes nothing", async () => {
    await plantTree(join(folder, "geneve"), GENEVE);
    await plantTree(join(folder, "herat"), HERAT);
    await makeHub();
    await qrelayJson(["hub", "import", "qmail", join(folder, "geneve"), "--dir", hub]);
    await joinHerat();
    const { code, out, err } = await importAtHerat("--dry-run");
    expect([code, err]).toEqual([0, ""]);
    expect(out.replaceAll(folder, "DIR")).toMatchSnapshot();
    expect(await readdir(join(folder, "herat/qrelay/Maildir/new"))).toHaveLength(2);
    expect(await subjects("queue", spoke, "outbound")).toEqual([]);
    const document = JSON.parse((await importAtHerat("--dry-run", "--json")).out) as Record<string, unknown>;
    expect(document).toMatchObject({
      imported: false,
      commands: { here: expect.arrayContaining(["qrelay spoke alias set root holly@herat.example.org"]) },
      settings: { "queue.lifetime": '"1209600s"' },
    });
  });

  it("takes nothing from the tree of another machine, and leaves mail that is no letter of its own", async () => {
    await plantTree(join(folder, "geneve"), GENEVE);
    await plantTree(join(folder, "herat"), {
      ...HERAT,
      "control/me": "ankara.example.org\n",
      "control/locals": "ankara.example.org\n",
    });
    await makeHub();
    await qrelayJson(["hub", "import", "qmail", join(folder, "geneve"), "--dir", hub]);
    await joinHerat();
    const wrong = await importAtHerat();
    expect(wrong.code).toBe(65);
    expect(wrong.err).toMatch(/control\/me:1: the tree of another machine/);
    expect(await readdir(join(folder, "herat/qrelay/Maildir/new"))).toHaveLength(2);

    await plantTree(join(folder, "herat"), {
      ...HERAT,
      "qrelay/Maildir/new/1796000012.403.herat": "no envelope\n",
      "qrelay/Maildir/new/1796000013.404.herat": qmailLetter("other-joe@far.example"),
    });
    const said = await importAtHerat();
    expect(said.code).toBe(75);
    expect(said.err).toMatch(/left in .*: Cannot read entry "1796000012\.403\.herat"/);
    expect(said.err).toMatch(
      /left in .*: 1796000013\.404\.herat: its recipient "other-joe@far\.example" does not begin with qrelay-/,
    );
    expect(said.out).toMatch(/Took over 2 messages/);
    expect(await readdir(join(folder, "herat/qrelay/Maildir/new"))).toHaveLength(2);
  });
});
