import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { testHub } from "./link/test-hub.ts";
import { moveQueued } from "./move-queued.ts";

const TEXT = "Subject: x\n\nx\n";

describe("taking what waits for a person to her new office", () => {
  it("moves her mail, leaves that of others and splits what is for both", async () => {
    const hub = await testHub();
    await hub.take(TEXT, ["holly@example.org"]);
    await hub.take(TEXT, ["ali@example.org"]);
    await hub.take(TEXT, ["holly@example.org", "ali@example.org"]);
    hub.directory.people.move("holly", "mazar");
    expect(await moveQueued(hub, "holly", "herat")).toBe(2);
    expect(await hub.waiting("office/herat")).toEqual(["ali@herat.example.org", "ali@herat.example.org"]);
    expect(await hub.waiting("office/mazar")).toEqual(["holly@mazar.example.org", "holly@mazar.example.org"]);
  });

  it("moves nothing when she is back at the old office: there and back again loses no mail", async () => {
    const hub = await testHub();
    await hub.take(TEXT, ["holly@example.org"]);
    expect(await moveQueued(hub, "holly", "herat")).toBe(0);
    expect(await hub.waiting("office/herat")).toEqual(["holly@herat.example.org"]);
    hub.directory.people.move("holly", "mazar");
    await moveQueued(hub, "holly", "herat");
    hub.directory.people.move("holly", "herat");
    await moveQueued(hub, "holly", "mazar");
    expect(await hub.waiting("office/herat")).toEqual(["holly@herat.example.org"]);
    expect(await hub.waiting("office/mazar")).toEqual([]);
  });

  it("makes no second copy when it is repeated after a crash in the middle", async () => {
    const hub = await testHub();
    await hub.take(TEXT, ["holly@example.org"]);
    hub.directory.people.move("holly", "mazar");
    vi.spyOn(hub.store.queue("office/herat"), "remove").mockRejectedValueOnce(new Error("EIO"));
    await expect(moveQueued(hub, "holly", "herat")).rejects.toThrow("EIO");
    expect(await moveQueued(hub, "holly", "herat")).toBe(1);
    expect(await hub.waiting("office/mazar")).toHaveLength(1);
    expect(await hub.waiting("office/herat")).toEqual([]);
  });

  it("is in the trace of that mail", async () => {
    const hub = await testHub();
    await hub.take(TEXT, ["holly@example.org"]);
    hub.directory.people.move("holly", "mazar");
    await moveQueued(hub, "holly", "herat");
    const stays = hub.directory.trace.find("holly@example.org", 1)[0]?.stays ?? [];
    expect(stays.map(({ recipient, place, outcome }) => `${recipient} ${place} ${outcome}`)).toEqual([
      "holly@herat.example.org office/herat passed",
      "holly@mazar.example.org office/mazar waits",
    ]);
  });

  it("leaves the mail when she is gone, when it cannot be read, and when the office is unknown or the hub's own", async () => {
    const hub = await testHub();
    await hub.take(TEXT, ["holly@example.org"]);
    await mkdir(join(hub.config.dir, "queue/office/herat/new/1.directory"));
    hub.directory.people.remove("holly");
    expect(await moveQueued(hub, "holly", "herat")).toBe(0);
    expect(await moveQueued(hub, "holly", "atlantis")).toBe(0);
    expect(await moveQueued(hub, "maria", "kabul")).toBe(0);
    expect(hub.events.filter(({ event }) => event === "entry-unreadable")).toHaveLength(1);
    expect(await hub.store.queue("office/herat").list()).toHaveLength(2);
  });
});
