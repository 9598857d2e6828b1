/** An office that never calls: its mail is never forgotten. Housekeeping runs at each start. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/star.ts";
import { letter, useStar } from "../scene.ts";

const NOTICE_S = 1;
const LIFETIME_S = 8;

const scene = useStar({
  offices: ["mazar"],
  people: { holly: "mazar" },
  sink: true,
  set: [`queue.link-delay-notice=${NOTICE_S}s`, `queue.link-lifetime=${LIFETIME_S}s`],
  running: ["hub"],
});

describe("an entry that waits for an office", () => {
  it("is told of once, and ends as a bounce", async () => {
    const told = () => scene.star.sink?.messages.filter(({ to }) => to.includes("writer@outside.example")) ?? [];
    await scene.send("hub", "writer@outside.example", "holly@example.org", letter("too long"));
    // A second writer whose mail no machine wants to hear of.
    const bulk = `Precedence: bulk\n${letter("newsletter")}`;
    await scene.send("hub", "bulk@outside.example", "holly@example.org", bulk);
    const began = Date.now();
    await scene.waiting("hub", "office/mazar", "too long");
    await sleep((NOTICE_S + 1) * 1000);

    await scene.restart("hub");
    const [notice] = await eventually(() => told().length > 0 && told());
    expect(notice).toMatchObject({ from: "" });
    expect(notice?.text).toMatch(/^Action: delayed$/m);
    expect(notice?.text).toMatch(/^Will-Retry-Until: /m);
    expect(notice?.text).not.toContain("The text of too long.");
    await scene.waiting("hub", "office/mazar", "noticed=1");
    await scene.restart("hub");
    await scene.waiting("hub", "office/mazar", "too long");

    await sleep(Math.max(0, began + (LIFETIME_S + 2) * 1000 - Date.now()));
    await scene.restart("hub");
    const bounce = await eventually(() => told().find(({ text }) => /^Action: failed$/m.test(text)));
    expect(bounce?.text).toMatch(/^Status: 5\.4\.7$/m);
    await eventually(async () => (await scene.queued("hub", "office/mazar")).length === 0);
    expect(told()).toHaveLength(2);
    const toBulk = () => scene.star.sink?.messages.filter(({ to }) => to.includes("bulk@outside.example")) ?? [];
    await eventually(() => toBulk().length > 0);
    expect(toBulk().map(({ text }) => /^Action: (.*)$/m.exec(text)?.[1])).toEqual(["failed"]);
  });
});
