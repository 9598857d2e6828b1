import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePeople, isPersonName, MAX_PEOPLE, MAX_PEOPLE_BYTES, parsePeople } from "./people-update.ts";

const LIST = {
  version: 7,
  office: "herat",
  people: [{ name: "holly", fullName: "Holly Short", password: "$argon2id$v=19$x" }, { name: "ali" }],
};

function parse(document: unknown) {
  return parsePeople(Buffer.from(JSON.stringify(document)));
}

function problem(document: unknown) {
  const result = parse(document);
  return "problem" in result ? result.problem : undefined;
}

describe("people update", () => {
  it("comes out as it went in", () => {
    expect(parsePeople(encodePeople(LIST))).toEqual({ list: LIST });
    const suspended = { ...LIST, people: [{ name: "ali", suspended: true }] };
    expect(parsePeople(encodePeople(suspended))).toEqual({ list: suspended });
    expect(parsePeople(encodePeople({ ...LIST, moved: ["zia"] }))).toEqual({ list: { ...LIST, moved: ["zia"] } });
  });

  it("spends no byte on defaults", () => {
    const bytes = encodePeople({ version: 1, office: "herat", people: [{ name: "ali", suspended: false }] });
    expect(Buffer.from(bytes).toString()).toBe(
      '{"qrelay":"people","version":1,"office":"herat","people":[{"name":"ali"}]}',
    );
  });

  it("ignores fields of a later version and writes names its own way", () => {
    const document = { qrelay: "people", ...LIST, colour: 1, people: [{ name: "ALI", shoe: 43 }] };
    expect(parse(document)).toEqual({ list: { version: 7, office: "herat", people: [{ name: "ali" }] } });
  });

  it.each([
    [[], "document"],
    [{ ...LIST, qrelay: "routes" }, "qrelay"],
    [{ qrelay: "people", ...LIST, version: -1 }, "version"],
    [{ qrelay: "people", ...LIST, people: [{ name: "a@b" }] }, "people.0.name"],
    [{ qrelay: "people", ...LIST, people: [{ name: "a\nb" }] }, "people.0.name"],
    [{ qrelay: "people", ...LIST, people: [{ name: "x".repeat(65) }] }, "people.0.name"],
    [{ qrelay: "people", ...LIST, people: [{ name: "a", password: "secret" }] }, "people.0.password"],
    [{ qrelay: "people", ...LIST, people: [{ name: "a" }, { name: "A" }] }, '"a" twice'],
    [
      { qrelay: "people", ...LIST, people: Array.from({ length: MAX_PEOPLE + 1 }, (_, i) => ({ name: `p${i}` })) },
      "people",
    ],
  ])("says what is wrong with list %#", (document, says) => {
    expect(problem(document)).toContain(says);
  });

  it("has people of other domains by their address, and quotas where there are some", () => {
    const people = [{ name: "Info@Shop.Example", quota: 100 }, { name: "info" }];
    const read = [{ name: "info" }, { name: "info@shop.example", quota: 100 }];
    // Where a version that knows no such people does not look.
    const document = JSON.parse(Buffer.from(encodePeople({ ...LIST, people })).toString());
    expect(document).toMatchObject({ people: [{ name: "info" }], ownPeople: [{ quota: 100 }] });
    expect(parsePeople(encodePeople({ ...LIST, people }))).toMatchObject({ list: { people: read } });
    for (const name of [
      "@shop.example",
      "a b@shop.example",
      "a@b@shop.example",
      "info@shop..example",
      "info@shop.example/x",
    ])
      expect(problem({ qrelay: "people", ...LIST, people: [{ name }] })).toContain("people.0.name");
    for (const quota of [0, -1, 1.5, "1G"])
      expect(problem({ qrelay: "people", ...LIST, people: [{ name: "a", quota }] })).toContain("people.0.quota");
  });

  it("takes the largest list and measures before it reads", () => {
    const people = Array.from({ length: MAX_PEOPLE }, (_, i) => ({ name: `p${i}` }));
    expect(problem({ qrelay: "people", ...LIST, people })).toBeUndefined();
    expect(parsePeople(Buffer.alloc(MAX_PEOPLE_BYTES + 1, " "))).toEqual({
      problem: "the list of people is larger than 5000000 bytes",
    });
  });

  it("never throws, whatever bytes come", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => "problem" in parsePeople(bytes)));
    fc.assert(fc.property(fc.jsonValue(), (document) => "problem" in parse(document)));
  });
});

describe("isPersonName", () => {
  it.each(["holly", "a+b", "holly.short", "\u00fc", "user%x", "..", "a/b"])(
    "takes %j: it is encoded before it is a path",
    (name) => {
      expect(isPersonName(name)).toBe(true);
    },
  );
  it.each(["", "a b", "a@b", "a\u0000b", "x".repeat(65)])("refuses %j", (name) => {
    expect(isPersonName(name)).toBe(false);
  });
});
