import { describe, expect, it } from "vitest";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import type { EntryHead } from "./entry.ts";
import { believableAge } from "./retry.ts";
import { DOUBLE_BOUNCE_SENDER, type SettlePolicy, settlement } from "./settlement.ts";

const DAY = 86_400;
const BORN = Date.UTC(2026, 10, 21) / 1000;
const POLICY: SettlePolicy = { lifetime: 5 * DAY, delayNotice: 4 * 3600, step: 20 };
const OUTCOMES: Record<string, Outcome> = {
  K: delivered("taken"),
  Z: deferred("4.4.1", "no way there"),
  D: failed("5.1.1", "nobody of that name"),
};

function headOf(
  letters: string,
  notify: readonly (string | undefined)[] = [],
  more: Partial<EntryHead> = {},
): EntryHead {
  const recipients = [...letters].map((_, index) => {
    const word = notify[index];
    return { address: `r${index}@x`, ...(word === undefined ? {} : { notify: word }) };
  });
  return { id: "A".repeat(16), born: BORN, envelope: { sender: "ana@x", recipients }, fields: {}, ...more };
}

/** Settles an entry `age` seconds after its birth; "?" stands for an answer that never came. */
function settled(letters: string, age = 60, head = headOf(letters)) {
  const outcomes = [...letters].map((letter) => OUTCOMES[letter]).filter((one) => one !== undefined);
  const { bounce, notice, next } = settlement(head, outcomes, BORN + age, POLICY);
  const who = (list: readonly { recipient: { address: string } }[]) => list.map(({ recipient }) => recipient.address);
  const left =
    next.kind === "remove" ? [] : who((next.changed ?? head).envelope.recipients.map((recipient) => ({ recipient })));
  return { bounce: who(bounce), notice: who(notice), left, next };
}

describe("settling an entry", () => {
  it.each([
    ["K", [], []],
    ["D", ["r0@x"], []],
    ["Z", [], ["r0@x"]],
    ["KK", [], []],
    ["KD", ["r1@x"], []],
    ["DD", ["r0@x", "r1@x"], []],
    ["KZ", [], ["r1@x"]],
    ["ZDK", ["r1@x"], ["r0@x"]],
    ["KZDZ", ["r2@x"], ["r1@x", "r3@x"]],
    ["K?", [], ["r1@x"]],
    ["D?Z", ["r0@x"], ["r1@x", "r2@x"]],
  ])("of %s bounces %j and keeps %j", (letters, bounce, left) => {
    expect(settled(letters.replace("?Z", "??"))).toMatchObject({ bounce, left });
  });

  it("writes nothing anew when nothing changed", () => {
    const { next } = settled("ZZ");
    expect(next).toEqual({ kind: "keep", nextAt: BORN + 27 ** 2 });
  });

  it("writes the head anew when an expansion made another of it, though nobody is done", () => {
    const onDisk = headOf("Z");
    const expanded = headOf("ZZ");
    const { next } = settlement(expanded, [], BORN + 60, POLICY, onDisk);
    expect(next).toMatchObject({ kind: "keep", changed: { envelope: expanded.envelope } });
  });

  it("turns deferrals into failures when the lifetime is over, and only then", () => {
    expect(settled("KZ", 5 * DAY)).toMatchObject({ bounce: [], left: ["r1@x"] });
    expect(settled("KZ?", 5 * DAY + 1)).toMatchObject({ bounce: ["r1@x", "r2@x"], left: [], next: { kind: "remove" } });
    const { outcomes } = settlement(headOf("Z"), [OUTCOMES.Z as Outcome], BORN + 6 * DAY, POLICY);
    expect(outcomes[0]?.outcome).toMatchObject({ status: "5.4.7", text: "given up after 5 days: no way there" });
  });

  it("lets nothing expire while the clock shows 1970, or for an entry born then or in the future", () => {
    for (const [born, now] of [
      [BORN, 60],
      [60, BORN],
      [BORN + 30 * DAY, BORN],
    ] as const) {
      expect(believableAge(born, now)).toBe(0);
      const head = headOf("Z", [], { born });
      expect(settlement(head, [OUTCOMES.Z as Outcome], now, POLICY)).toMatchObject({
        bounce: [],
        notice: [],
        next: { kind: "keep" },
      });
    }
  });
});

describe("telling the sender", () => {
  it("of a delay happens once: it is written into the head", () => {
    const first = settled("KZ", 4 * 3600);
    expect(first.notice).toEqual(["r1@x"]);
    expect(first.next).toMatchObject({ changed: { fields: { noticed: "1" } } });
    const again = settled("Z", 4 * 3600 + 60, headOf("Z", [], { fields: { noticed: "1" } }));
    expect(again.notice).toEqual([]);
    expect(settled("Z", 4 * 3600 - 1).notice).toEqual([]);
  });

  it("keeps fields of later versions", () => {
    const { next } = settled("KZ", 4 * 3600, headOf("KZ", [], { fields: { "later-x": "7" } }));
    expect(next).toMatchObject({ changed: { fields: { "later-x": "7", noticed: "1" } } });
  });

  it.each([
    [undefined, true, true],
    ["NEVER", false, false],
    ["SUCCESS", false, false],
    ["FAILURE", true, false],
    ["DELAY", false, true],
    ["SUCCESS,FAILURE,DELAY", true, true],
  ])("with NOTIFY %s: of failure %s, of delay %s (RFC 3461 §4.1)", (notify, failure, delay) => {
    expect(settled("D", 60, headOf("D", [notify])).bounce).toHaveLength(failure ? 1 : 0);
    expect(settled("Z", DAY, headOf("Z", [notify])).notice).toHaveLength(delay ? 1 : 0);
  });

  it.each(["", DOUBLE_BOUNCE_SENDER])("of delay never happens for the sender %j, of failure it does", (sender) => {
    const envelope = { sender, recipients: [{ address: "r0@x" }] };
    expect(settled("Z", DAY, headOf("Z", [], { envelope })).notice).toEqual([]);
    expect(settled("D", 60, headOf("D", [], { envelope })).bounce).toEqual(["r0@x"]);
  });
});
