import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSpokeDirectory } from "#spoke/directory/directory.js";
import { TestOffice, TOKEN } from "./test-support.ts";

let office: TestOffice;
beforeEach(() => {
  office = new TestOffice();
});
afterEach(() => office.remove());

describe("spoke explain", () => {
  beforeEach(async () => {
    await office.spoke([
      "join",
      TOKEN,
      "--set",
      'smtp.rule=[{ from = "10.0.0.0/8", relay = true }, { from = "10.9.9.9", allow = false }]',
    ]);
    await office.spoke(["person", "add", "holly"]);
  });

  it.each([
    ["holly@example.net", "mailbox", { kind: "mailbox", name: "holly", recipient: "holly@herat.example.org" }],
    ["artemis@example.org", "office", { kind: "office", name: "outbound", recipient: "artemis@example.org" }],
    ["x@mazar.example.org", "office", { kind: "office", name: "outbound", recipient: "x@mazar.example.org" }],
    ["a@b.example", "internet", { kind: "internet", name: "outbound", recipient: "a@b.example" }],
  ])("%s: %s", async (address, outcome, destination) => {
    const explained = await office.json(["explain", address, "--from", "s@example.org"]);
    expect(explained).toMatchObject({ address, outcome, sender: "s@example.org", destinations: [destination] });
    expect(explained).not.toHaveProperty("status");
    expect(explained.steps).not.toEqual([]);
  });

  it("exits 0 for a refusal too, and tells people why", async () => {
    expect(await office.json(["explain", "nobody"])).toMatchObject({
      outcome: "refused",
      status: "5.1.1",
      destinations: [],
    });
    expect(await office.spoke(["explain", "nobody@localhost"])).toMatchObject({
      exit: 0,
      out: [
        'nobody@localhost: refused 5.1.1 Nobody here has the name "nobody"',
        "  1. office localhost: This office is final for the address",
        '  2. person nobody: Nobody here has the name "nobody"',
        "",
      ].join("\n"),
    });
  });

  it("asks headquarters' list of names, where there is one, and so does status", async () => {
    const directory = openSpokeDirectory(join(office.dir, "spoke.db"));
    directory.names.put({ name: "artemis", fullName: "Artemis Fowl", office: "kabul" });
    directory.settings.set("namesVersion", 12);
    directory.settings.set("namesAt", Date.now() - 3_600_000);
    directory.close();
    expect(await office.json(["explain", "artemis@example.org"])).toMatchObject({
      outcome: "office",
      steps: [
        { rule: "domain" },
        {
          rule: "names",
          says: expect.stringMatching(/version 12 of .* 1 h old\) has artemis \(Artemis Fowl\) at kabul$/),
        },
        { rule: "outbound" },
        { rule: "link", record: "hub", says: expect.stringContaining("No window is planned") },
      ],
    });
    expect(await office.json(["explain", "artemsi@example.org"])).toMatchObject({
      outcome: "refused",
      status: "5.1.1",
      steps: [{ rule: "domain" }, { rule: "names", record: "artemsi" }],
    });
    expect(await office.json(["status"])).toMatchObject({ names: { count: 1, version: 12 } });
    expect((await office.spoke(["status"])).out).toMatch(/names: headquarters' list of .* has 1; other addresses/);
  });

  it("says when what leaves will leave, and that headquarters has let nobody in", async () => {
    const step = async (): Promise<unknown> =>
      ((await office.json(["explain", "a@b.example"])).steps as unknown[]).at(-1);
    expect(await step()).toMatchObject({
      rule: "link",
      says: "No window is planned: it waits for `qrelay spoke flush`",
    });
    const directory = openSpokeDirectory(join(office.dir, "spoke.db"));
    const none = { messages: 0, bytes: 0 };
    const window = { link: "hub", openedAt: 1, closedAt: 2, ended: "refused", sent: none, received: none };
    directory.journal.add({ ...window, wire: { up: 0, down: 0 } });
    directory.close();
    expect(await step()).toMatchObject({ says: expect.stringContaining("headquarters did not let us in") });
    const toml = join(office.dir, "spoke.toml");
    writeFileSync(toml, readFileSync(toml, "utf8").replace("windows = []", 'windows = "always"'));
    expect(await step()).toMatchObject({ record: "hub", says: expect.stringContaining("hub is open now") });
    expect((await office.json(["explain", "holly"])).steps).not.toContainEqual(
      expect.objectContaining({ rule: "link" }),
    );
  });

  it.each([
    ["127.0.0.1", "internet"],
    ["10.1.2.3", "internet"],
    ["192.0.2.1", "refused"],
  ])("asks the rules what client %s may do: %s", async (ip, outcome) => {
    expect((await office.json(["explain", "a@b.example", "--client", ip])).outcome).toBe(outcome);
  });

  it("refuses a client that is no address or may not connect", async () => {
    expect((await office.spoke(["explain", "holly", "--client", "cron"])).exit).toBe(64);
    expect((await office.spoke(["explain", "holly", "--client", "10.9.9.9"])).exit).toBe(77);
  });
});
