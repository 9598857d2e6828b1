import { describe, expect, it } from "vitest";
import { withoutSync } from "../test-support/broken-sync.ts";
import { type DiskFault, FakeDisk } from "../test-support/fake-disk.ts";
import { Ledger } from "../test-support/ledger.ts";
import type { Fate } from "../test-support/power-cut.ts";
import { liveOneDay, MAILDIR, pieces } from "../test-support/working-day.ts";

/** Everything lost, everything kept, and some mixtures. */
const FATES: readonly Fate[] = ["lost", "kept", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

const CALLS_OF_A_DAY = await callsOfADay();

describe("a day on a disk that fails once", () => {
  for (const code of ["EIO", "ENOSPC"]) {
    it(`breaks no promise, whichever call answers ${code}`, async () => {
      for (const at of everyCall()) {
        const { disk, ledger } = await dayWith({ at, code });
        expect(brokenPromises(disk, ledger), `call ${at}, ${disk.calls[at - 1]}`).toEqual([]);
      }
    });

    it(`leaves nothing in tmp/ unless unlink itself answered ${code}`, async () => {
      for (const at of everyCall()) {
        const { disk } = await dayWith({ at, code });
        const failed = disk.calls[at - 1] ?? "";
        const excused = failed.startsWith(`unlink ${MAILDIR}/tmp/`) ? 1 : 0;
        expect(disk.names(`${MAILDIR}/tmp`).length, `call ${at}, ${failed}`).toBeLessThanOrEqual(excused);
      }
    });

    it(`delivers again after the call that answered ${code}`, async () => {
      for (const at of everyCall()) {
        const { disk, ledger, maildir } = await dayWith({ at, code });
        await maildir.create();
        const late = await ledger.step("late", "Subject: late\n\n", () => maildir.deliver(pieces("Subject: late\n\n")));
        expect(late, `call ${at}, ${disk.calls[at - 1]}`).toBeDefined();
        expect(brokenPromises(disk, ledger)).toEqual([]);
      }
    });
  }

  it("rejects the step whose write, fsync, close, rename or link fails", async () => {
    for (const at of everyCall()) {
      const { disk, ledger } = await dayWith({ at, code: "EIO" });
      const failed = disk.calls[at - 1] ?? "";
      if (!/^(write|sync|close|rename|link|mkdir) /.test(failed)) continue;
      expect(ledger.rejected, `call ${at}, ${failed}`).not.toEqual([]);
    }
  });

  it("never syncs a file again after its fsync failed", async () => {
    for (const at of everyCall()) {
      const { disk } = await dayWith({ at, code: "EIO" });
      const failed = disk.calls[at - 1] ?? "";
      if (!failed.startsWith(`sync ${MAILDIR}/tmp/`)) continue;
      expect(
        disk.calls.slice(at).filter((call) => call === failed),
        `call ${at}`,
      ).toEqual([]);
    }
  });
});

describe("a day that a power cut ends", () => {
  it("breaks no promise, before whichever call the power goes and whatever the disk lost", async () => {
    for (const at of everyCall()) {
      const { disk, ledger } = await dayWith({ at, code: "POWER" });
      expect(brokenPromises(disk, ledger), `call ${at}, ${disk.calls[at - 1]}`).toEqual([]);
    }
  });

  it("lets the same messages be delivered again by name, each there once", async () => {
    for (const at of everyCall()) {
      const { disk } = await dayWith({ at, code: "POWER" });
      const after = disk.crash(at);
      await liveOneDay(after, new Ledger());
      const five = after.names(`${MAILDIR}/new`).filter((name) => name === "five");
      expect(five, `call ${at}`).toEqual(["five"]);
    }
  });
});

describe("the checker of these accidents", () => {
  it("finds no broken promise after an undisturbed day", async () => {
    const { disk, ledger } = await dayWith(undefined);
    expect(ledger.rejected).toEqual([]);
    expect(brokenPromises(disk, ledger)).toEqual([]);
  });

  it("notices a missing fsync of files", async () => {
    expect(await problemsWithoutSync((_path, kind) => kind === "file")).not.toEqual([]);
  });

  for (const path of ["/", "/srv", "/srv/mail", MAILDIR, `${MAILDIR}/new`, `${MAILDIR}/cur`]) {
    it(`notices a missing fsync of ${path}`, async () => {
      expect(await problemsWithoutSync((synced) => synced === path)).not.toEqual([]);
    });
  }
});

async function dayWith(fault: DiskFault | undefined) {
  const disk = new FakeDisk(fault === undefined ? {} : { fault });
  const ledger = new Ledger();
  const maildir = await liveOneDay(disk, ledger);
  return { disk, ledger, maildir };
}

async function problemsWithoutSync(skip: (path: string, kind: "file" | "directory") => boolean): Promise<string[]> {
  const disk = new FakeDisk();
  const ledger = new Ledger();
  await liveOneDay(disk, ledger, withoutSync(disk, skip));
  return brokenPromises(disk, ledger);
}

function brokenPromises(disk: FakeDisk, ledger: Ledger): string[] {
  return FATES.flatMap((fate) => ledger.check(disk.crash(fate), MAILDIR).map((problem) => `${fate}: ${problem}`));
}

async function callsOfADay(): Promise<number> {
  const { disk } = await dayWith(undefined);
  return disk.calls.length;
}

function everyCall(): number[] {
  return Array.from({ length: CALLS_OF_A_DAY }, (_, index) => index + 1);
}
