import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLASSES } from "./parcel.ts";
import { allowedOn, type RankedOffer, rank } from "./ranking.ts";

const DAY = 86_400_000;
const offer = (key: string, more: Partial<RankedOffer> = {}): RankedOffer => ({
  key,
  class: "normal",
  bytes: 5000,
  waitedMs: 0,
  begun: false,
  ...more,
});

describe("the order of parcels", () => {
  it.each([
    [
      "class",
      [offer("b", { class: "bulk" }), offer("u", { class: "urgent" }), offer("n"), offer("s", { class: "small" })],
      "u s n b",
    ],
    ["size within a class", [offer("big", { bytes: 9000 }), offer("little", { bytes: 100 })], "little big"],
    [
      "what is begun before others of its class",
      [offer("new", { bytes: 1 }), offer("begun", { begun: true })],
      "begun new",
    ],
    ["but not before a better class", [offer("begun", { begun: true }), offer("s", { class: "small" })], "s begun"],
    ["age among equals", [offer("young"), offer("old", { waitedMs: 1000 })], "old young"],
    ["a class for each day", [offer("n"), offer("b", { class: "bulk", waitedMs: 1.5 * DAY })], "b n"],
    ["until it goes first", [offer("u", { class: "urgent" }), offer("b", { class: "bulk", waitedMs: 4 * DAY })], "b u"],
  ] as const)("is %s", (_what, offers, order) => {
    expect(rank(offers).join(" ")).toBe(order);
  });

  it("is the same however the offers are listed", () => {
    const offers = fc.uniqueArray(
      fc.record({
        key: fc.string(),
        class: fc.constantFrom(...CLASSES),
        bytes: fc.nat(10),
        waitedMs: fc.nat(3 * DAY),
        begun: fc.boolean(),
      }),
      { selector: ({ key }) => key },
    );
    fc.assert(
      fc.property(offers, (list) => {
        expect(rank([...list].reverse())).toEqual(rank(list));
      }),
    );
  });

  it("lets nothing starve: a large message goes though each window brings new letters", () => {
    let waiting = [offer("large", { class: "bulk", bytes: 400_000 })];
    for (let day = 0; day < 10; day += 1) {
      for (let n = 0; n < 20; n += 1) waiting.push(offer(`${day}-${n}`, { class: "small", bytes: 2000 }));
      // Each day's window takes fifteen of them.
      const gone = new Set(rank(waiting).slice(0, 15));
      if (gone.has("large")) return;
      waiting = waiting.filter(({ key }) => !gone.has(key)).map((one) => ({ ...one, waitedMs: one.waitedMs + DAY }));
    }
    expect.fail("the large message never went");
  });

  it("is found quickly for a backlog", () => {
    const many = Array.from({ length: 20_000 }, (_one, index) =>
      offer(String(index), { bytes: (index * 7919) % 10_000 }),
    );
    expect(rank(many)).toHaveLength(20_000);
  });
});

describe("what may cross on a line", () => {
  it("is limited by size and class", () => {
    const allowed = allowedOn({ maxMessage: 20_000, classes: ["urgent", "small"] });
    expect([allowed("small", 20_000), allowed("small", 20_001), allowed("bulk", 10)]).toEqual([true, false, false]);
    expect(allowedOn({})("bulk", 25_000_000)).toBe(true);
  });
});
