/** Row D4, and the calls around it: what the kernel did not do was not done. */
import { describe, expect, it } from "vitest";
import { failCalls, whyNoStrace } from "../disk-faults.ts";
import { qmtpPackage, sendQmtp } from "../qmtp-wire.ts";
import { letter, useStar } from "../scene.ts";

const blocked = whyNoStrace();
if (blocked !== undefined) process.stderr.write(`${blocked}\n`);

const scene = useStar({ offices: ["mazar"], people: { bob: "kabul", holly: "mazar" }, set: ["limits.free-space=0"] });

const FAULTS = [
  ["fsync,fdatasync", "EIO"],
  ["fsync,fdatasync", "ENOSPC"],
  ["link,linkat,rename,renameat,renameat2", "ENOSPC"],
  ["link,linkat,rename,renameat,renameat2", "EIO"],
] as const;

describe.skipIf(blocked !== undefined)("a node whose disk fails", () => {
  it.each(FAULTS)("at %s with %s never says 250 or K, and goes on afterwards", async (calls, error) => {
    const mark = `${calls.slice(0, 5)} ${error}`;
    const mend = await failCalls(scene.hub.pid, calls, error);
    for (const to of ["bob@example.org", "holly@example.org", ["bob@example.org", "holly@example.org"]]) {
      const reply = await scene.send("hub", "friend@outside.example", to, letter(`failed ${mark}`));
      expect(reply.text).toMatch(/^45\d 4\.3\.\d /);
    }
    const text = letter(`failed ${mark}`);
    const bytes = qmtpPackage(text, "friend@outside.example", ["bob@example.org", "holly@example.org"]);
    const answers = await sendQmtp(scene.hub.port("qmtp"), bytes);
    expect(answers.map(({ letter: one }) => one)).toEqual(["Z", "Z"]);
    await mend();
    const again = await scene.send("hub", "friend@outside.example", "bob@example.org", letter(`after ${mark}`));
    expect(again.ok).toBe(true);
    await scene.arrived("hub", "bob", `after ${mark}`);
  });

  it.each(FAULTS)("at the office at %s with %s leaves the mail at the hub, and gets it once later", async (calls, error) => {
    const mark = `office ${calls.slice(0, 5)} ${error}`;
    await scene.send("hub", "friend@outside.example", "holly@example.org", letter(mark));
    await scene.waiting("hub", "office/mazar", mark);
    const mend = await failCalls(scene.node("mazar").pid, calls, error);
    await scene.flush("mazar");
    expect(await scene.count("hub", { queue: "office/mazar" }, mark)).toBe(1);
    await mend();
    expect(await scene.flush("mazar")).toMatchObject({ ended: "drained" });
    expect(await scene.count("hub", { queue: "office/mazar" }, mark)).toBe(0);
    expect(await scene.count("mazar", { person: "holly" }, mark)).toBe(1);
  });
});
