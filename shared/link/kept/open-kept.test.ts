import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./history-state.ts";
import { openKept } from "./open-kept.ts";
import { brokenFolder, newFolder, newLog } from "./test-disk.ts";

const ID = "0123456789abcdef";

describe("what is kept for a peer", () => {
  it("lies in its own folders, for nobody else to read, and is there again", async () => {
    const dir = await newFolder();
    const { log } = newLog();
    const kept = await openKept(dir, "kabul", { history: 1000, log });
    kept.sent.confirm(await kept.sent.append(ROOT, Buffer.from("sent")));
    await kept.received.append(ROOT, Buffer.from("received"));
    await kept.outgoing.save(ID, Buffer.from("encoded"));
    kept.given.add(1, ID, []);
    await kept.close();
    expect((await readdir(join(dir, "partial", "kabul"))).sort()).toEqual(["answers", "in", "out"]);
    expect(((await stat(join(dir, "history", "kabul", "sent"))).mode & 0o077).toString(8)).toBe("0");
    expect(((await stat(join(dir, "partial", "kabul", "answers"))).mode & 0o077).toString(8)).toBe("0");

    const again = await openKept(dir, "kabul", { history: 1000, log });
    expect([again.sent.tip, again.sent.confirmed]).toEqual([kept.sent.tip, kept.sent.tip]);
    expect([again.received.tip, again.outgoing.has(ID)]).toEqual([kept.received.tip, true]);
    expect(again.given.list()).toEqual([{ id: ID, answers: [] }]);
    const other = await openKept(dir, "mazar", { history: 1000, log });
    expect([other.sent.tip, other.outgoing.has(ID), other.given.list()]).toEqual([ROOT, false, []]);
  });

  it("keeps its history and nothing else when nothing is partly anywhere", async () => {
    const dir = await newFolder();
    const { log } = newLog();
    const kept = await openKept(dir, "hub", { history: 1000, log });
    const tip = await kept.sent.append(ROOT, Buffer.from("sent"));
    await kept.outgoing.save(ID, Buffer.from("encoded"));
    kept.given.add(1, ID, []);
    await kept.forgetPartial();
    await kept.close();
    const again = await openKept(dir, "hub", { history: 1000, log });
    expect([again.sent.tip, again.outgoing.has(ID), again.given.list()]).toEqual([tip, false, []]);
  });

  it("opens on a disk that takes nothing", async () => {
    const { lines, log } = newLog();
    const kept = await openKept(await brokenFolder(), "hub", { history: 1000, log });
    const tip = await kept.sent.append(ROOT, Buffer.from("sent"));
    await kept.forgetPartial();
    await kept.close();
    expect(kept.sent.has(tip)).toBe(true);
    expect(new Set(lines.map(({ event }) => event))).toEqual(new Set(["link-store-trouble"]));
    // One for each store, and one for the folder of all.
    expect(lines).toHaveLength(6);
  });

  it.each(["", "..", "../hub", "a/b", "Kabul", "k\0"])("is nothing for %j, and no folder is made", async (peer) => {
    const dir = await newFolder();
    await expect(openKept(dir, peer, { history: 1000, log: () => undefined })).rejects.toThrow("Cannot keep anything");
    expect(await readdir(dir)).toEqual([]);
  });
});
