import { describe, expect, it } from "vitest";
import { readControlList } from "./control-files.ts";
import { planSettings, SETTINGS } from "./control-settings.ts";
import { PlanDraft } from "./draft-plan.ts";
import { EMPTY_TREE, sourceOf } from "./test-source.ts";

const GROUND = { file: "hub.toml", host: "kabul.example.org", domain: "example.org" };

function planned(name: string, text: string) {
  const draft = new PlanDraft<unknown>();
  planSettings({ ...EMPTY_TREE, settings: [{ name, lines: readControlList(sourceOf(text)) }] }, GROUND, draft);
  const { rows, settings } = draft.done();
  return { rows: rows.map(({ line, verdict, becomes }) => `${line} ${verdict}: ${becomes}`), settings };
}

describe("planSettings", () => {
  it.each<[name: string, text: string, row: RegExp, settings: Record<string, string>]>([
    ["databytes", "5000000", /carried: limits\.message = 5000000 for hub\.toml/, { "limits.message": "5000000" }],
    ["databytes", "0", /note: no limit/, {}],
    ["databytes", "many", /left: no number/, {}],
    ["queuelifetime", "604800 seconds", /carried/, { "queue.lifetime": '"604800s"' }],
    ["queuelifetime", "0", /left: one try/, {}],
    ["concurrencyincoming", "40", /carried/, { "limits.connections": "40" }],
    ["concurrencyremote", "20", /note/, {}],
    ["helohost", "Kabul.example.org", /carried: the name in HELO, as it is here/, {}],
    ["helohost", "mail.example.org", /left: the name in HELO: this node says kabul\.example\.org there/, {}],
    ["doublebounceto", "postmaster", /carried/, {}],
    ["doublebounceto", "bounces", /left: who gets double bounces/, {}],
    ["bouncefrom", "MAILER-DAEMON", /carried/, {}],
    ["percenthack", "example.org", /left: a%b@/, {}],
    ["badmailfrom", "@bulk.example", /left: a sender that was refused/, {}],
    ["qmtproutes", "a.example:b.example:209", /left: a route over QMTP/, {}],
  ])("%s %s", (name, text, row, settings) => {
    const found = planned(name, `${text}\n`);
    expect(found.rows).toEqual([expect.stringMatching(row)]);
    expect(found.settings).toEqual(settings);
  });

  it("takes the first line of a file of one value, and every line of a list", () => {
    expect(planned("databytes", "1000\n2000\n")).toMatchObject({
      rows: [expect.stringMatching(/^1 carried/), expect.stringMatching(/^2 left: qmail reads the first line only/)],
      settings: { "limits.message": "1000" },
    });
    expect(planned("badmailfrom", "a@x.example\n@y.example\n").rows).toHaveLength(2);
  });

  it("has a row for every file that it knows, whatever is in it", () => {
    for (const name of SETTINGS.keys()) expect(planned(name, "x\n").rows).toHaveLength(1);
  });
});
