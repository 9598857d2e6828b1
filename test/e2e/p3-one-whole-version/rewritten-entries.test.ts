/** P3: whoever looks into a queue while entries change sees whole entries, whatever moment it is. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, qrelayJson } from "../../support/star.ts";
import { letter, useStar } from "../scene.ts";

const scene = useStar({ people: { bob: "kabul" }, sink: true });

const LAST = "This is the last line.\n";
/** Larger than a pipe or a page: a torn write would show. */
const LONG = "One of many lines.\n".repeat(20_000);
const MESSAGES = 10;

async function tornIn(folder: string): Promise<string[]> {
  const torn: string[] = [];
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), "latin1").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text !== undefined && !(text.startsWith("Return-Path: <") && text.endsWith(LAST))) torn.push(name);
  }
  return torn;
}

describe("an entry that loses recipients one by one", () => {
  it("is whole whenever it is read", async () => {
    const folders = ["queue/internet/new", "queue/internet/cur", "mailboxes/bob/Maildir/new"];
    const torn: string[] = [];
    let looks = 0;
    let ended = false;
    const watch = (async () => {
      while (!ended) {
        for (const folder of folders) torn.push(...(await tornIn(join(scene.star.hub, folder))));
        looks += 1;
      }
    })();
    // Through an alias, for strangers may not send outside: one target gets it at once, one later.
    const targets = ["bob", "now@outside.example", "later@outside.example"];
    await qrelayJson(["hub", "alias", "set", "three", ...targets, "--dir", scene.star.hub]);
    for (let count = 0; count < MESSAGES; count++) {
      const text = letter(`whole ${count}.`) + LONG + LAST;
      await scene.send("hub", "friend@outside.example", "three@example.org", text);
    }
    await scene.arrived("hub", "bob", "Subject: whole", MESSAGES);
    for (let count = 0; count < MESSAGES; count++) {
      const [entry] = await scene.waiting("hub", "internet", `whole ${count}.`);
      expect(entry).toBeDefined();
    }
    const left = async (): Promise<string[]> =>
      (await scene.queued("hub", "internet")).flatMap(({ head }) => head.match(/^Delivered-To: now@.*$/gm) ?? []);
    await eventually(async () => (await left()).length === 0, 20_000);
    ended = true;
    await watch;
    expect(torn).toEqual([]);
    expect(looks).toBeGreaterThan(MESSAGES);
    expect(await scene.queued("hub", "internet")).toHaveLength(MESSAGES);
  });
});
