import type { MaildirFs } from "node-maildir";
import { describe, expect, it } from "vitest";
import { withoutSync } from "#shared/node-maildir/test-support/broken-sync.js";
import type { FakeDisk } from "#shared/node-maildir/test-support/fake-disk.js";
import type { Fate } from "#shared/node-maildir/test-support/power-cut.js";
import { Accident, type Part } from "./test-accident.ts";

/** Everything not synced lost, everything kept, and some mixtures. */
const MIXTURES: readonly Fate[] = ["lost", "kept", 1, 2, 3, 4, 5, 6];

const CALLS = {
  all: (await new Accident("all").run()).calls.length,
  smtp: (await new Accident("smtp").run()).calls.length,
  link: (await new Accident("link").run()).calls.length,
};

async function sweep(part: Part, code: string, fates: readonly Fate[]): Promise<string[]> {
  const problems: string[] = [];
  for (let at = 1; at <= CALLS[part]; at += 1) {
    const accident = await new Accident(part, { at, code }).run();
    for (const fate of fates) {
      const broken = await accident.broken(accident.disk.crash(fate), true);
      problems.push(...broken.map((problem) => `call ${at} ${accident.calls[at - 1]}, ${fate}: ${problem}`));
    }
  }
  return problems;
}

describe("accept, sort and settle on a disk that fails once", () => {
  it.each(["EIO", "ENOSPC"])(
    "keep every promise, whichever call answers %s, and double nothing of the link",
    async (code) => {
      for (let at = 1; at <= CALLS.all; at += 1) {
        const accident = await new Accident("all", { at, code }).run();
        expect(await accident.broken(accident.disk, false), `call ${at}, ${accident.calls[at - 1]}`).toEqual([]);
      }
    },
  );
});

describe("accept, sort and settle on a disk that fails for good (D5)", () => {
  it("lose nothing, from whichever call on, when the node is started again on a mended disk", async () => {
    for (let at = 1; at <= CALLS.all; at += 1) {
      const accident = await new Accident("all", { at, code: "POWER" }).keepMemory().run();
      const broken = await accident.broken(accident.disk.crash("kept"), true);
      const lost = broken.filter((problem) => !/ \d times at /.test(problem));
      expect(lost, `from call ${at}, ${accident.calls[at - 1]}`).toEqual([]);
    }
  });

  it("lose nothing when folders can be changed but never synced", async () => {
    const accident = await new Accident("link", undefined, withoutFolderSyncs).run();
    expect(accident.promised.size).toBe(0);
    const broken = await accident.broken(accident.disk.crash("kept"), true);
    expect(broken.filter((problem) => !/ \d times at /.test(problem))).toEqual([]);
  });
});

/** Each fsync of a new/ fails. */
function withoutFolderSyncs(disk: FakeDisk): MaildirFs {
  const open = disk.open.bind(disk);
  return Object.assign(Object.create(disk) as FakeDisk, {
    open: async (path: string, flags: number, mode?: number) => {
      const handle = await open(path, flags, mode);
      const failing = async (): Promise<void> => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" }));
      return path.endsWith("/new") ? { ...handle, sync: failing } : handle;
    },
    ...Object.fromEntries(
      (["rename", "link", "unlink", "mkdir", "readdir", "stat", "lstat"] as const).map((call) => [
        call,
        disk[call].bind(disk),
      ]),
    ),
  });
}

describe("accept, sort and settle when the power goes", () => {
  it("keep every promise made by SMTP, before whichever call, whatever the disk lost", async () => {
    expect(await sweep("smtp", "POWER", MIXTURES)).toEqual([]);
  });

  it("keep every promise made over the link, and double nothing, also on a disk that reorders names of two folders", async () => {
    expect(await sweep("link", "POWER", MIXTURES)).toEqual([]);
  });
});

describe("the checker of these accidents", () => {
  it("finds nothing after an undisturbed hour", async () => {
    const accident = await new Accident("all").run();
    expect(accident.promised.size).toBe(5);
    for (const fate of MIXTURES) expect(await accident.broken(accident.disk.crash(fate), true)).toEqual([]);
  });

  it.each(["file", "directory"])("reports loss when syncing a %s does nothing", async (kind) => {
    const accident = await new Accident("all", undefined, (disk) =>
      withoutSync(disk, (_path, synced) => synced === kind),
    ).run();
    const problems = await accident.broken(accident.disk.crash("lost"), true);
    expect(problems.join("\n")).toMatch(/lost|torn/);
  });
});
