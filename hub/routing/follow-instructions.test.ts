import { describe, expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { routeRecipient } from "./route.ts";

const ANYBODY = { relay: false };

function route(address: string, instructions: Record<string, string>, aliases: Record<string, string[]> = {}) {
  return routeRecipient({ ...routingView(aliases, {}, {}, instructions), programs: true }, address, ANYBODY);
}

/** Where mail goes, in short. */
function places(address: string, instructions: Record<string, string>, aliases?: Record<string, string[]>): string[] {
  return route(address, instructions, aliases).destinations.map(({ kind, recipient }) => `${kind} ${recipient}`);
}

describe("what people want done with their mail", () => {
  it.each([
    ["keeps it", "holly", { holly: "./" }, ["office holly@mazar.example.org"]],
    [
      "keeps it and forwards a copy",
      "holly",
      { holly: "./\nholly@example.net" },
      ["internet holly@example.net", "office holly@mazar.example.org"],
    ],
    ["forwards it to somebody here", "holly", { holly: "bob" }, ["mailbox bob@example.org"]],
    ["follows what that one wants in turn", "holly", { holly: "bob", bob: "zeno" }, ["office zeno@herat.example.org"]],
    ["answers for an extension", "holly-news", { "holly-news": "bob" }, ["mailbox bob@example.org"]],
    ["answers for a plus as for a hyphen", "holly+news", { "holly-news": "bob" }, ["mailbox bob@example.org"]],
    ["takes the default", "holly-news-2026", { "holly-news-default": "bob" }, ["mailbox bob@example.org"]],
    ["leaves a plus without a record to the name", "holly+other", { holly: "bob" }, ["mailbox bob@example.org"]],
    ["is one copy, whoever is named twice", "holly", { holly: "bob\nbob@example.org" }, ["mailbox bob@example.org"]],
    [
      "keeps it where two forward to each other",
      "holly",
      { holly: "bob", bob: "holly" },
      ["office holly@mazar.example.org"],
    ],
    ["is not asked where there is none", "holly", { "holly-default": "bob" }, ["office holly@mazar.example.org"]],
  ] as const)("%s", (_what, name, instructions, expected) => {
    expect(places(`${name}@example.org`, instructions)).toEqual(expected);
  });

  it("leaves nobody the extensions that nobody has named", () => {
    expect(route("holly-typo@example.org", { "holly-news": "bob" })).toMatchObject({
      outcome: "refused",
      status: "5.1.1",
    });
  });

  it("gives the extension to the longest name that answers for it", () => {
    const view = { ...routingView({}, {}, {}, { "holly-a-b": "bob", "holly-default": "zeno" }) };
    const person = (name: string) =>
      name === "holly-a" ? { name, office: "mazar", suspended: false } : view.person(name);
    const found = routeRecipient({ ...view, person }, "holly-a-b@example.org", ANYBODY);
    expect(found.steps).toContainEqual(expect.objectContaining({ rule: "instructions", record: "holly-a-b" }));
  });

  it("is not asked for mail to her at her office, which is final there", () => {
    expect(places("holly@mazar.example.org", { holly: "bob" })).toEqual(["office holly@mazar.example.org"]);
  });

  it("is not asked of who is suspended", () => {
    expect(route("gone@example.org", { gone: "bob" })).toMatchObject({ outcome: "refused", status: "5.2.1" });
  });

  it("costs the others nothing when one address is bad", () => {
    const found = route("holly@example.org", { holly: "./\nnobody" });
    expect(found).toMatchObject({
      outcome: "several",
      problems: [{ recipient: "nobody@example.org", status: "5.1.1" }],
    });
  });

  it("says in its steps whose record it was and what it says", () => {
    const { steps } = route("holly-news@example.org", { "holly-default": "./\nbob" });
    expect(steps).toContainEqual({
      rule: "instructions",
      record: "holly-default",
      says: "keep it in the mailbox, forward it to bob",
    });
  });
});

describe("programs", () => {
  it("are one place, whatever stands beside them", () => {
    const found = route("holly-x@example.org", { "holly-default": "|vacation\n./" });
    expect(found).toMatchObject({
      outcome: "program",
      destinations: [
        {
          kind: "program",
          name: "instructions of holly-default",
          recipient: "holly-x@example.org",
          run: { person: "holly", extension: "x", rest: "x" },
        },
      ],
    });
  });

  it("stand among an alias's targets", () => {
    expect(places("tickets@example.org", {}, { tickets: ["|new-ticket", "bob"] })).toEqual([
      "mailbox bob@example.org",
      "program tickets@example.org",
    ]);
  });

  it("defer the mail where they are not allowed", () => {
    const view = routingView({}, {}, {}, { holly: "|vacation\n./" });
    const found = routeRecipient(view, "holly@example.org", ANYBODY);
    expect(found).toMatchObject({ outcome: "deferred", status: "4.3.5", text: expect.stringContaining("not allowed") });
  });

  it("wait by themselves where others get the mail by the same alias", () => {
    const off = routingView({ tickets: ["|new-ticket", "bob"], alone: ["|new-ticket"] });
    expect(routeRecipient(off, "tickets@example.org", ANYBODY)).toMatchObject({
      problems: [],
      destinations: [{ kind: "mailbox" }, { kind: "program", recipient: "tickets@example.org" }],
    });
    expect(routeRecipient(off, "alone@example.org", ANYBODY)).toMatchObject({ outcome: "deferred", status: "4.3.5" });
  });

  it("take what a route gives them, from those whom the route lets in", () => {
    const view = { ...routingView({}, { "*-tickets@partner.example": "program:new-ticket" }), programs: true };
    expect(routeRecipient(view, "a-tickets@partner.example", ANYBODY)).toMatchObject({ status: "5.7.1" });
    expect(routeRecipient(view, "a-tickets@partner.example", { relay: true })).toMatchObject({
      outcome: "program",
      destinations: [{ name: "*-tickets@partner.example", run: { extension: "tickets", rest: "a" } }],
    });
  });
});
