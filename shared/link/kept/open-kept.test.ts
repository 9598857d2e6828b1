import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parcelId } from "#shared/link/wire/parcel-head.js";
import { ROOT } from "./history-state.ts";
import type { IncomingHead } from "./incoming.ts";
import { type Kept, openKept } from "./open-kept.ts";
import { brokenFolder, newFolder, newLog } from "./test-disk.ts";

const ID = "0123456789abcdef";

const LARGE = {
  header: {
    kind: "mail",
    mailId: "AAAAAAAAAAAAAAAA",
    sender: "omid@example.org",
    recipients: [{ address: "leyla@kabul.example.org" }],
    class: "bulk",
    fields: {},
    size: 9000,
    checksum: ID,
  },
  encoding: { unwrapped: false, codec: "mixing" },
  encodedLength: 5000,
} as const;

/** Three windows of other mail in each direction. */
async function fillBoth({ sent, received }: Kept, session: number): Promise<void> {
  for (const history of [sent, received])
    for (let index = 0; index < 12; index += 1)
      await history.append(history.tip, Buffer.alloc(250, `${session} ${index} `));
}

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

  it("has what a parcel that is partly here assumes, however much other mail has overtaken it", async () => {
    const dir = await newFolder();
    const { log } = newLog();
    const open = () => openKept(dir, "hub", { history: 1000, log });
    let kept = await open();
    const own = await kept.received.append(ROOT, Buffer.alloc(300, "base"));
    const after = await kept.received.append(own, Buffer.alloc(300, "after"));
    const other = await kept.sent.append(ROOT, Buffer.alloc(300, "other"));
    const head: IncomingHead = { ...LARGE, base: { own, other }, states: [after] };
    const id = parcelId(head.header);
    await kept.incoming.begin(id, head);
    await kept.incoming.write(id, Buffer.alloc(2000));
    for (let session = 0; session < 4; session += 1) {
      await fillBoth(kept, session);
      expect(held(kept)).toEqual([true, true, true]);
      await kept.close();
      kept = await open();
      expect(held(kept)).toEqual([true, true, true]);
    }
    await kept.incoming.drop(id);
    await fillBoth(kept, 9);
    expect(held(kept)).toEqual([false, false, false]);

    function held({ received, sent }: typeof kept): boolean[] {
      return [received.has(own), received.items([after]) !== undefined, sent.has(other)];
    }
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
