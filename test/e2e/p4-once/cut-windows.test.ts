/** Rows Q8 and Q9 between whole nodes: windows that break at many places, in both directions; everything comes once. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flush } from "../../support/star.ts";
import { type CutAt, type CuttableLine, cuttableLine } from "../line-cutter.ts";
import { letter, useStar } from "../scene.ts";

const scene = useStar({ offices: ["mazar"], people: { bob: "kabul", holly: "mazar" }, sink: true });

let line: CuttableLine;
beforeAll(async () => {
  line = await cuttableLine(scene.hub.port("link"));
});
afterAll(() => line.close());

/** Messages in each direction: enough that a cut falls between, within and after them. */
const MESSAGES = 3;
const BODY = "A line of some length that has to cross the link once.\n".repeat(200);
/** Every so many bytes of a clean window; QRELAY_SLOW=1 takes smaller steps. */
const SLOW = process.env.QRELAY_SLOW === "1";
const CUTS = SLOW ? 100 : 5;

async function load(mark: string): Promise<void> {
  for (let count = 0; count < MESSAGES; count++) {
    const text = letter(`${mark} up ${count}.`) + BODY;
    const to = ["bob@example.org", "client@outside.example"];
    await scene.send("mazar", "holly@example.org", to, text);
    const down = letter(`${mark} down ${count}.`) + BODY;
    await scene.send("hub", "friend@outside.example", "holly@example.org", down);
  }
  await scene.waiting("hub", "office/mazar", `${mark} down`, MESSAGES);
}

async function cutThenClean(mark: string, cut: CutAt): Promise<void> {
  await load(mark);
  line.cutAt(cut);
  await flush(scene.folder("mazar"), line.port);
  line.cutAt({});
  expect(await flush(scene.folder("mazar"), line.port)).toMatchObject({ ended: "drained", left: { messages: 0 } });
  expect(await scene.arrived("mazar", "holly", `${mark} down`, MESSAGES)).toHaveLength(MESSAGES);
  expect(await scene.arrived("hub", "bob", `${mark} up`, MESSAGES)).toHaveLength(MESSAGES);
}

describe("a window that is cut", () => {
  it("is finished by the next one, and nothing comes twice", async () => {
    // How many bytes a whole window has.
    await load("clean");
    line.cutAt({});
    expect(await flush(scene.folder("mazar"), line.port)).toMatchObject({ ended: "drained" });
    const whole = line.passed();
    for (let step = 1; step <= CUTS; step++) {
      const share = step / (CUTS + 1);
      await cutThenClean(`u${step}.`, { up: Math.floor(whole.up * share) });
      await cutThenClean(`d${step}.`, { down: Math.floor(whole.down * share) });
    }
    // The last bytes are the answers: sent, and perhaps never read.
    for (const less of SLOW ? [1, 5, 30, 60, 100] : [5, 60]) {
      await cutThenClean(`ul${less}.`, { up: whole.up - less });
      await cutThenClean(`dl${less}.`, { down: whole.down - less });
    }
    const sunk = scene.star.sink?.messages.map(({ text }) => /^Subject: (.*)$/m.exec(text)?.[1]) ?? [];
    expect(sunk.length).toBe(new Set(sunk).size);
  }, 600_000);
});
