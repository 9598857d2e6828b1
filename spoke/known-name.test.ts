import { describe, expect, it } from "vitest";
import { type HeldNames, knownName, listInWords, ownerInWords, unknownInWords } from "./known-name.ts";

const LISTED = ["omid", "sales-team", "info@example.net", "mary-jane"];
const DAY = 86_400_000;

let asked = 0;
const NAMES: HeldNames = {
  version: 12,
  at: Date.UTC(2026, 10, 24, 7),
  ageMs: 3 * DAY,
  get: (name) => {
    asked += 1;
    return LISTED.includes(name) ? { name } : undefined;
  },
};

describe("a name that the list has", () => {
  it.each([
    ["omid", "omid"],
    ["omid+travel", "omid"],
    ["omid-travel-2026", "omid"],
    ["omid-x=y+z", "omid"],
    ["sales-team", "sales-team"],
    ["sales-team+x", "sales-team"],
    ["mary-jane-news", "mary-jane"],
  ])("%s is known by %s, in any domain", (local, name) => {
    expect(knownName(NAMES, local, "example.org")).toEqual({ name });
  });

  it("may be of one domain only", () => {
    expect(knownName(NAMES, "info", "example.net")).toEqual({ name: "info@example.net" });
    expect(knownName(NAMES, "info+x", "example.net")).toEqual({ name: "info@example.net" });
    expect(knownName(NAMES, "info", "example.org")).toBeUndefined();
  });

  it.each([
    ["sales-eu", "sales-*@example.org"],
    ["staff-list", "*-list@example.org"],
    ["anything", "@second.example", "second.example"],
  ])("%s is answered by %s", (local, pattern, domain = "example.org") => {
    const held = { version: 1, at: 0, ageMs: 0, get: (name: string) => (name === pattern ? { name } : undefined) };
    expect(knownName(held, local, domain)).toEqual({ name: pattern });
    expect(knownName(held, "sales-", "example.org")).toBeUndefined();
  });

  it.each(["omit", "omid.travel", "omidtravel", "sales", "-omid", "+omid", "mary"])("%s is not known", (local) => {
    expect(knownName(NAMES, local, "example.org")).toBeUndefined();
  });

  it("costs few look-ups, however long the address is", () => {
    asked = 0;
    knownName(NAMES, "-".repeat(900), "example.org");
    expect(asked).toBeLessThanOrEqual(2 * 66);
  });
});

describe("what people are told", () => {
  it("has the address, the date and the age", () => {
    expect(unknownInWords(NAMES, "omit@example.org")).toBe(
      'There is no "omit@example.org" in headquarters\' list of names of 2026-11-24 (3 d old): check the spelling; somebody newer can be written to after the next window',
    );
    expect(listInWords({ ...NAMES, ageMs: -5 })).toBe("version 12 of 2026-11-24, 0 s old");
  });

  it("has the owner in an address book", () => {
    expect(ownerInWords({ name: "omid" })).toBe("omid");
    expect(ownerInWords({ name: "omid", fullName: "Omid Noori", office: "mazar" })).toBe("omid (Omid Noori) at mazar");
  });
});
