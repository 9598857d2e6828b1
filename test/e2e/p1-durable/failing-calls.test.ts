/** Row D4, and the calls around it: what the kernel did not do was not done. */
import { describe, expect, it } from "vitest";
import { qrelayJson } from "../../support/star.ts";
import { whileFailing, whyNoStrace } from "../disk-faults.ts";
import { qmtpPackage, sendQmtp } from "../qmtp-wire.ts";
import { letter, useStar } from "../scene.ts";

const blocked = whyNoStrace();
if (blocked !== undefined) process.stderr.write(`${blocked}\n`);

const scene = useStar({ offices: ["mazar"], people: { bob: "kabul", holly: "mazar" }, set: ["limits.free-space=0"] });

const SYNC = "fsync,fdatasync";
const MOVE = "link,linkat,rename,renameat,renameat2";
const FAULTS = [
  { name: "a sync", calls: SYNC, error: "EIO" },
  { name: "a sync", calls: SYNC, error: "ENOSPC" },
  { name: "a link or rename", calls: MOVE, error: "EIO" },
  { name: "a link or rename", calls: MOVE, error: "ENOSPC" },
] as const;

describe.skipIf(blocked !== undefined)("a failing disk", () => {
  it.each(FAULTS)("$name, $error: the hub says neither 250 nor K, and goes on afterwards", async (fault) => {
    const mark = `${fault.name} ${fault.error}`;
    await whileFailing(scene.hub.pid, fault, async () => {
      for (const to of ["bob@example.org", "holly@example.org", ["bob@example.org", "holly@example.org"]]) {
        const reply = await scene.send("hub", "friend@outside.example", to, letter(`failed ${mark}`));
        expect(reply.text).toMatch(/^45\d 4\.3\.\d /);
      }
      const text = letter(`failed ${mark}`);
      const bytes = qmtpPackage(text, "friend@outside.example", ["bob@example.org", "holly@example.org"]);
      const answers = await sendQmtp(scene.hub.port("qmtp"), bytes);
      expect(answers.map(({ letter: one }) => one)).toEqual(["Z", "Z"]);
    });
    const again = await scene.send("hub", "friend@outside.example", "bob@example.org", letter(`after ${mark}`));
    expect(again.ok).toBe(true);
    await scene.arrived("hub", "bob", `after ${mark}`);
  });

  it.each(FAULTS)("$name, $error at the office: its mail stays at the hub and comes once, later", async (fault) => {
    const mark = `office ${fault.name} ${fault.error}`;
    await scene.send("hub", "friend@outside.example", "holly@example.org", letter(mark));
    await scene.waiting("hub", "office/mazar", mark);
    await whileFailing(scene.node("mazar").pid, fault, () => scene.flush("mazar"));
    expect(await scene.count("hub", { queue: "office/mazar" }, mark)).toBe(1);
    expect(await scene.flush("mazar")).toMatchObject({ ended: "drained" });
    expect(await scene.count("hub", { queue: "office/mazar" }, mark)).toBe(0);
    expect(await scene.count("mazar", { person: "holly" }, mark)).toBe(1);
  });

  it.each(FAULTS)("$name, $error at the hub: the office's mail stays there and goes up once, later", async (fault) => {
    const mark = `hub ${fault.name} ${fault.error}`;
    const name = `new-${fault.calls.slice(0, 4)}-${fault.error.toLowerCase()}`;
    await qrelayJson(["hub", "person", "add", name, "--office", "mazar", "--dir", scene.star.hub]);
    await scene.send("mazar", "holly@example.org", "bob@example.org", letter(mark));
    await scene.waiting("mazar", "outbound", mark);
    const flushed = await whileFailing(scene.hub.pid, fault, () => scene.flush("mazar"));
    expect(flushed).toMatchObject({ sent: { messages: 0 }, left: { messages: 1 } });
    expect(await scene.flush("mazar")).toMatchObject({ ended: "drained", left: { messages: 0 } });
    expect(await scene.arrived("hub", "bob", mark)).toHaveLength(1);
    const welcome = await scene.send("mazar", "holly@example.org", `${name}@example.org`, letter(`welcome ${mark}`));
    expect(welcome.ok).toBe(true);
    await scene.arrived("mazar", name, `welcome ${mark}`);
  });
});
