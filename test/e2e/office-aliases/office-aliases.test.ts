/** An office's own aliases, hub and spoke as real processes: who gets it, how often, over which way, and who wins. */
import { beforeAll, describe, expect, it } from "vitest";
import { eventually, qrelayJson } from "../../support/star.ts";
import { letter, useStar } from "../scene.ts";

const scene = useStar({
  offices: ["herat"],
  people: { holly: "herat", ali: "herat", maria: "kabul" },
  sink: true,
});

const OUTSIDE = "friend@far.example";
const STRANGER = "stranger@elsewhere.example";
const RADIO = "radio@herat.example.org";
const set = (...words: string[]) => qrelayJson(["spoke", "alias", "set", ...words, "--dir", scene.folder("herat")]);
const onHub = (...words: string[]) => qrelayJson(["hub", ...words, "--dir", scene.folder("hub")]);

/** What the stand-in Internet has got. */
const sunk = (mark: string) => (scene.star.sink?.messages ?? []).filter(({ text }) => text.includes(mark));

async function counts(mark: string): Promise<Record<string, number>> {
  const inBox = async (node: string, person: string) =>
    (await scene.mailbox(node, person)).filter(({ head }) => head.includes(mark)).length;
  return {
    holly: await inBox("herat", "holly"),
    ali: await inBox("herat", "ali"),
    maria: await inBox("hub", "maria"),
    outside: sunk(mark).length,
  };
}

const settles = (mark: string, expected: Record<string, number>) =>
  eventually(async () => {
    expect(await counts(mark)).toMatchObject(expected);
    return true;
  });

async function write(node: string, from: string, to: string, mark: string): Promise<void> {
  expect(await scene.send(node, from, to, letter(mark))).toMatchObject({ ok: true, refused: [] });
}

// The office learns its people and the names of the organisation in its first window.
beforeAll(() => scene.flush("herat"));

describe("an office's alias", () => {
  it("is refused from outside before the office has told it", async () => {
    const { ok, refused } = await scene.send("hub", STRANGER, RADIO, letter("too early"));
    expect(ok).toBe(false);
    expect(refused[0]?.text).toMatch(/5\.1\.1/);
  });

  it("is seen by the running daemon at once; the member here needs no link, the others are one parcel", async () => {
    await set("radio", "holly", "maria", OUTSIDE);
    await write("herat", "ali@example.org", RADIO, "from within");
    await settles("from within", { holly: 1, maria: 0, outside: 0 });
    expect(await scene.queued("herat", "outbound")).toHaveLength(1);
    const { sent, ended } = await scene.flush("herat");
    expect({ sent, ended }).toMatchObject({ ended: "drained", sent: { messages: 1, recipients: 2 } });
    await settles("from within", { holly: 1, maria: 1, outside: 1 });
    // Nothing of it comes back.
    expect((await scene.flush("herat")).received.messages).toBe(0);
    expect(await counts("from within")).toEqual({ holly: 1, ali: 0, maria: 1, outside: 1 });
    const [copy] = await scene.arrived("hub", "maria", "from within");
    expect(copy?.head).toMatch(/^Delivered-To: radio@herat\.example\.org$/m);
  });

  it("takes mail from outside by way of headquarters, each member once", async () => {
    expect(await onHub("office", "show", "herat")).toMatchObject({ aliases: ["radio"] });
    expect(await onHub("explain", RADIO)).toMatchObject({ outcome: "office", steps: [{ rule: "office-alias" }] });
    await write("hub", STRANGER, RADIO, "from outside");
    expect((await scene.flush("herat")).received.messages).toBe(1);
    await settles("from outside", { holly: 1 });
    expect((await scene.flush("herat")).sent).toMatchObject({ messages: 1, recipients: 2 });
    await settles("from outside", { holly: 1, maria: 1, outside: 1 });
    expect((await scene.flush("herat")).received.messages).toBe(0);
    expect(await counts("from outside")).toEqual({ holly: 1, ali: 0, maria: 1, outside: 1 });
  });

  it("sends on as its owner, but bounces as they came", async () => {
    await set("radio", "holly", OUTSIDE, "--owner", "ali");
    await write("herat", "holly@example.org", RADIO, "owned letter");
    await write("herat", "", RADIO, "owned bounce");
    await scene.flush("herat");
    await settles("owned letter", { holly: 1, outside: 1 });
    await settles("owned bounce", { holly: 1, outside: 1 });
    expect(sunk("owned letter")[0]?.from).toBe("ali@example.org");
    expect(sunk("owned letter")[0]?.text).toMatch(/^List-Id: <radio\.herat\.example\.org>$/m);
    expect(sunk("owned bounce")[0]?.from).toBe("");
  });

  it("answers for the organisation's name while nobody has it, and not when somebody has", async () => {
    await set("radio", "holly");
    await write("herat", "ali@example.org", "radio@example.org", "nobody else");
    await settles("nobody else", { holly: 1, maria: 0 });
    await onHub("alias", "set", "radio", "maria");
    await scene.flush("herat");
    await write("herat", "ali@example.org", "radio@example.org", "everywhere");
    await write("herat", "ali@example.org", RADIO, "only here");
    await settles("only here", { holly: 1 });
    await scene.flush("herat");
    await settles("everywhere", { holly: 0, maria: 1 });
    expect(await counts("only here")).toMatchObject({ holly: 1, maria: 0 });
    const words = ["spoke", "explain", "radio@example.org", "--dir", scene.folder("herat")];
    expect(await qrelayJson(words)).toMatchObject({
      outcome: "office",
      steps: [{ rule: "domain" }, { rule: "names" }, { rule: "hidden" }, { rule: "outbound" }, { rule: "link" }],
    });
  });

  it("ends a loop with an alias of headquarters, and the writer is told", async () => {
    await onHub("alias", "set", "sales", RADIO);
    // The office learns the name.
    await scene.flush("herat");
    await set("radio", "holly", "sales@example.org");
    await write("hub", "maria@example.org", "sales@example.org", "round and round");
    for (let window = 0; window < 4; window += 1) await scene.flush("herat");
    await settles("round and round", { holly: 1 });
    expect((await scene.flush("herat")).left.messages).toBe(0);
    expect(await scene.queued("hub", "office/herat")).toEqual([]);
    const reports = await eventually(async () => {
      const found = (await scene.mailbox("hub", "maria")).filter(({ body }) => body.includes("5.4.6"));
      return found.length > 0 ? found : undefined;
    });
    expect(reports).toHaveLength(1);
  });

  it("is refused again when the office has dropped it", async () => {
    await qrelayJson(["spoke", "alias", "remove", "radio", "--dir", scene.folder("herat")]);
    await onHub("alias", "remove", "sales");
    await scene.flush("herat");
    expect((await scene.send("hub", STRANGER, RADIO, letter("too late"))).ok).toBe(false);
  });
});
