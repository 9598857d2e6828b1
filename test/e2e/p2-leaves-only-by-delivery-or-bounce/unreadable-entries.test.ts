/** Rows D3 and M3: what lies in a queue and cannot be read stays there and is told of; everything else flows. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/star.ts";
import { whileFailing, whyNoStrace } from "../disk-faults.ts";
import { logged } from "../log-lines.ts";
import { letter, useStar } from "../scene.ts";

const scene = useStar({ offices: ["mazar"], people: { bob: "kabul", holly: "mazar" }, running: ["mazar"] });

/** Named as our own entries are, so that only what they are keeps them from being sent. */
const NAMES = ["link", "fifo", "folder", "empty", "riddle"].map(
  (word, index) => `1700000000.QAAAAAAAAAAAAAA${"AB"[index % 2]}${index + 2}-aaaaaaaa.${word}`,
);

function plant(queue: string): void {
  const [link = "", fifo = "", folder = "", empty = "", riddle = ""] = NAMES.map((name) => join(queue, "new", name));
  symlinkSync("/etc/shadow", link);
  execFileSync("mkfifo", [fifo]);
  mkdirSync(folder);
  writeFileSync(empty, "");
  writeFileSync(riddle, "This is no entry.\n");
}

describe("a queue with entries that cannot be read", () => {
  it("of links, pipes, folders and rubbish keeps and reports them, and sends the rest", async () => {
    const office = join(scene.star.hub, "queue/office/mazar");
    const sorting = join(scene.star.hub, "queue/sorting");
    plant(office);
    plant(sorting);
    await scene.start("hub");
    const both = ["holly@example.org", "bob@example.org"];
    await scene.send("hub", "friend@outside.example", both, letter("among rubbish"));
    await scene.arrived("hub", "bob", "among rubbish");
    await eventually(async () => {
      await scene.flush("mazar");
      return scene.count("mazar", { person: "holly" }, "among rubbish");
    });
    for (const queue of [office, sorting])
      expect((await readdir(join(queue, "new"))).sort()).toEqual([...NAMES].sort());
    const reported = logged(scene.hub.log, "entry-unreadable").map(({ queue, entry }) => `${queue} ${entry}`);
    for (const name of NAMES)
      for (const queue of ["sorting", "office/mazar"]) expect(reported).toContain(`${queue} ${name}`);
    expect(JSON.stringify(scene.hub.log)).not.toContain("root:");
    for (const name of NAMES) await rm(join(office, "new", name), { recursive: true });
  });

  it.skipIf(whyNoStrace() !== undefined)("that the disk cannot read sends the others, and it later", async () => {
    for (const mark of ["first one", "bad sector", "last one"])
      await scene.send("hub", "friend@outside.example", "holly@example.org", letter(mark));
    const [bad] = await scene.waiting("hub", "office/mazar", "bad sector");
    const fault = { calls: "read,pread64,preadv", error: "EIO", path: bad?.path ?? "" };
    await whileFailing(scene.hub.pid, fault, async () => {
      await scene.flush("mazar");
      await scene.arrived("mazar", "holly", "first one");
      await scene.arrived("mazar", "holly", "last one");
    });
    expect(await scene.count("mazar", { person: "holly" }, "bad sector")).toBe(0);
    await eventually(async () => {
      await scene.flush("mazar");
      return scene.count("mazar", { person: "holly" }, "bad sector");
    });
    expect(logged(scene.hub.log, "entry-unreadable").some(({ text }) => String(text).includes("EIO"))).toBe(true);
  });
});
