/** Rows D1, D2 and D5: a disk that takes nothing more. Acknowledged is only what is there; the node goes on by itself. */
import { appendFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailbox, namesIn, queued } from "./../../support/read-mailbox.ts";
import { eventually, makeStar, type NodeProcess, type Star, startNode, submit } from "../../support/star.ts";
import { fillInodes, fillSpace, makeReadOnly, mountSmall, remount, unmount, whyNoMount } from "../disk-faults.ts";
import { logged, logProblems } from "../log-lines.ts";
import { qmtpPackage, sendQmtp } from "../qmtp-wire.ts";
import { letter, useFolder } from "../scene.ts";

const blocked = whyNoMount();
if (blocked !== undefined) process.stderr.write(`${blocked}\n`);

/** Nothing is refused before the disk itself refuses. */
const TO_THE_LAST_BYTE = ["limits.free-space = 0", "limits.free-inodes = 1"];

const folder = useFolder();
const mounted: string[] = [];
/** Made once: each test works on a copy. */
let made: Star;
beforeAll(async () => {
  made = await makeStar({ dir: folder.path, offices: ["mazar"], people: { bob: "kabul", holly: "mazar" } });
}, 120_000);
afterAll(() => {
  for (const path of mounted.reverse()) unmount(path);
});

async function hubOn(name: string, options: string, set: readonly string[]): Promise<{ star: Star; hub: NodeProcess }> {
  const dir = join(folder.path, name);
  mountSmall(dir, options);
  mounted.push(dir);
  const hubDir = join(dir, "hub");
  await cp(made.hub, hubDir, { recursive: true });
  await appendFile(join(hubDir, "hub.toml"), set.join("\n"));
  return { star: { ...made, hub: hubDir }, hub: await startNode("hub", hubDir) };
}

/** Bigger than what waits in memory and than what is left over when "all" space is taken. */
const body = "A line of the message, which is long enough to fill a disk.\n".repeat(3000);

async function sendAll(hub: NodeProcess, mark: string) {
  const text = letter(mark) + body;
  const mail = await submit(hub.port("smtp"), "friend@outside.example", ["bob@example.org"], text);
  const queue = await submit(hub.port("smtp"), "friend@outside.example", ["holly@example.org"], text);
  const [qmtp] = await sendQmtp(hub.port("qmtp"), qmtpPackage(text, "friend@outside.example", ["bob@example.org"]));
  return { mail, queue, qmtp };
}

async function visible(star: Star, mark: string): Promise<number> {
  const all = [...(await mailbox(star.hub, "bob")), ...(await queued(star.hub, "office/mazar"))];
  return all.filter(({ head }) => head.includes(mark)).length;
}

async function defersUntil(hub: NodeProcess, star: Star, mend: () => Promise<void>): Promise<void> {
  const { mail, queue, qmtp } = await sendAll(hub, "during the fault");
  expect(mail.text).toMatch(/^45\d 4\.3\.\d /);
  expect(queue.text).toMatch(/^45\d 4\.3\.\d /);
  // A text that cannot be stored at all ends the connection, which QMTP knows as temporary.
  expect(qmtp?.letter ?? "Z").toBe("Z");
  expect(await visible(star, "during the fault")).toBe(0);
  await mend();
  const after = await eventually(async () => {
    const again = await sendAll(hub, "after the fault");
    return again.mail.ok && again.queue.ok && again.qmtp?.letter === "K" && again;
  }, 20_000);
  expect(after.mail.ok).toBe(true);
  expect(await visible(star, "after the fault")).toBeGreaterThanOrEqual(3);
  expect(await visible(star, "during the fault")).toBe(0);
  expect(await namesIn(join(star.hub, "mailboxes/bob/Maildir/tmp"))).toEqual([]);
  expect(await hub.stop()).toBe(0);
  expect(logProblems(hub.log)).toEqual([]);
}

describe.skipIf(blocked !== undefined)("a hub on a disk", () => {
  it("that is full defers, shows nothing half written and goes on when there is room", async () => {
    const { star, hub } = await hubOn("full", "size=8m", TO_THE_LAST_BYTE);
    const give = fillSpace(join(folder.path, "full"));
    const reply = await submit(hub.port("smtp"), "a@outside.example", ["bob@example.org"], letter("x") + body);
    expect(reply.text).toMatch(/^45[12] 4\.3\.1 /);
    await defersUntil(hub, star, give);
  });

  it("without inodes defers and goes on when there are some", async () => {
    const { star, hub } = await hubOn("inodes", "size=64m,nr_inodes=400", TO_THE_LAST_BYTE);
    await defersUntil(hub, star, fillInodes(join(folder.path, "inodes")));
  });

  it("that becomes read-only defers and goes on when it can be written again", async () => {
    const { star, hub } = await hubOn("read-only", "size=64m", TO_THE_LAST_BYTE);
    const parts = ["queue", "mailboxes", "partial"].map((name) => join(star.hub, name));
    for (const part of parts) makeReadOnly(part);
    await defersUntil(hub, star, async () => {
      for (const part of parts) unmount(part);
    });
  });

  it("that is nearly full says 452 at MAIL, logs it once and takes mail again", async () => {
    const { hub } = await hubOn("low", "size=16m", []);
    const send = () => submit(hub.port("smtp"), "a@outside.example", ["bob@example.org"], letter("low"));
    for (let round = 0; round < 3; round++) expect((await send()).text).toMatch(/^452 4\.3\.1 /);
    const [qmtp] = await sendQmtp(
      hub.port("qmtp"),
      qmtpPackage(letter("low"), "a@outside.example", ["bob@example.org"]),
    );
    expect(qmtp).toMatchObject({ letter: "Z", text: expect.stringContaining("#4.3.1") });
    remount(join(folder.path, "low"), "size=200m");
    await eventually(async () => (await send()).ok);
    expect(logged(hub.log, "disk-low")).toHaveLength(1);
    expect(logged(hub.log, "disk-ok")).toHaveLength(1);
    expect(await hub.stop()).toBe(0);
  });
});
