import { describe, expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { aliasProblem } from "./alias-check.ts";
import { directoryProblems } from "./directory-problems.ts";
import { explainRecipient, routeRecipient } from "./route.ts";

/** shop.example has people of its own: bob at the hub, info at mazar, gone suspended; lena has left. */
const ALIASES = {
  holly: ["bob"],
  staff: ["holly"],
  postmaster: ["bob"],
  "team@shop.example": ["bob@shop.example", "bob@example.org"],
  "bob-exact@shop.example": ["info@shop.example"],
};
const ROUTES = {
  "pump@shop.example": "to:info@shop.example",
  "order-*@shop.example": "to:bob@shop.example",
  "order-big-*@shop.example": "to:info@shop.example",
};
const SAID = {
  "info@shop.example-news-default": "bob@shop.example\n./",
  "bob-holiday": "holly@example.org",
};
const STRANGER = { relay: false };

function places(address: string, aliases: Record<string, string[]> = ALIASES, said: Record<string, string> = SAID) {
  const decision = routeRecipient(routingView(aliases, ROUTES, {}, said), address, STRANGER);
  return decision.status ?? decision.destinations.map(({ kind, name, recipient }) => `${kind} ${name} ${recipient}`);
}

const BOB = "mailbox bob@shop.example bob@shop.example";
const INFO = "office mazar info@shop.example";

describe("a domain with people of its own", () => {
  it.each<[address: string, places: string | string[]]>([
    ["Bob@Shop.Example.", [BOB]],
    ["info@shop.example", [INFO]],
    ["bob@example.org", ["mailbox bob bob@example.org"]],
    ["info@example.org", "5.1.1"],
    ["gone@shop.example", "5.2.1"],
    ["holly@shop.example", "5.1.1"],
    ["staff@shop.example", "5.1.1"],
    ["team@shop.example", [BOB, "mailbox bob bob@example.org"].reverse()],
    ["pump@shop.example", [INFO]],
    ["order-1@shop.example", [BOB]],
    ["order-big-1@shop.example", [INFO]],
    ["bob+any@shop.example", [BOB]],
    ["bob-any@shop.example", "5.1.1"],
    ["info-news-x@shop.example", [BOB, INFO]],
    ["info+news-x@shop.example", [BOB, INFO]],
    ["bob-holiday@shop.example", "5.1.1"],
    ["lena@shop.example", [BOB]],
    ["lena@example.org", ["internet internet lena@example.net"]],
    ["nick@shop.example", "5.1.1"],
    ["mailhub.shop.example", "5.1.1"],
  ])("%s", (address, expected) => expect(places(address)).toEqual(expected));

  it("has the alias of all its other names after its people and before the roles", () => {
    const aliases = { ...ALIASES, "@shop.example": ["info@shop.example"] };
    expect(places("nobody@shop.example", aliases)).toEqual([INFO]);
    expect(places("bob@shop.example", aliases)).toEqual([BOB]);
    expect(places("postmaster@shop.example", aliases)).toEqual([INFO]);
    expect(places("nobody@example.org", aliases)).toBe("5.1.1");
  });

  it.each(["postmaster", "abuse", "root", "mailer-daemon"])("has the organisation's %s where it has none", (role) => {
    expect(places(`${role}@shop.example`)).toEqual(["mailbox bob bob@example.org"]);
    expect(places(`${role}@shop.example`, {})).toEqual(["mailbox postmaster postmaster@example.org"]);
    expect(places(`${role}@shop.example`, { [`${role}@shop.example`]: ["info@shop.example"] })).toEqual([INFO]);
  });

  it("is not reached by a quoted local part that reads like somebody there", () => {
    const view = routingView(ALIASES, ROUTES);
    for (const address of [
      "bob@shop.example@example.org",
      "info@shop.example@mazar.example.org",
      "team@shop.example@hub",
    ])
      expect(routeRecipient(view, address, STRANGER).destinations).toEqual([]);
    expect(places("bob@shop.example+x@example.org")).toBe("5.1.1");
  });

  it("follows instructions in a circle into the mailbox, whichever domain they lead through", () => {
    const said = { "bob@shop.example": "bob@example.org", bob: "bob@shop.example" };
    expect(places("bob@shop.example", ALIASES, said)).toEqual([BOB]);
    expect(places("bob@example.org", ALIASES, said)).toEqual(["mailbox bob bob@example.org"]);
  });

  it("is explained, with the record that decided and those it hides", () => {
    const view = routingView({ ...ALIASES, "@shop.example": ["bob"] }, ROUTES, {}, SAID);
    expect(explainRecipient(view, "info-news-x@shop.example", STRANGER).steps.slice(0, 4)).toEqual([
      { rule: "own-people", record: "shop.example", says: "a domain with people of its own" },
      {
        rule: "hidden",
        record: "@shop.example",
        says: "the alias of that name is not asked: person info@shop.example comes first",
      },
      { rule: "extension", record: "info-news-x", says: "info@shop.example with the extension news-x" },
      {
        rule: "instructions",
        record: "info-news-default@shop.example",
        says: "forward it to bob@shop.example, keep it in the mailbox",
      },
    ]);
  });
});

describe("aliases of a domain with people of its own", () => {
  const view = (aliases: Record<string, string[]>) => routingView(aliases, ROUTES);
  it("are judged as others are", () => {
    expect(aliasProblem(view(ALIASES), "team@shop.example")).toBeUndefined();
    expect(aliasProblem(view({ "x@shop.example": ["nobody@shop.example"] }), "x@shop.example")).toMatch(
      /nobody@shop\.example leads nowhere: no such person/,
    );
    const circle = { "x@shop.example": ["y"], y: ["x@shop.example", "bob"] };
    expect(aliasProblem(view(circle), "x@shop.example")).toBe(
      "it would lead back to itself: x@shop.example → y → x@shop.example",
    );
    // The alias of the organisation's is another one.
    expect(aliasProblem(view({ x: ["bob"], "x@shop.example": ["x"] }), "x@shop.example")).toBeUndefined();
  });

  it("are checked with the whole directory", () => {
    const aliases = { "pump@shop.example": ["bob"], "dead@shop.example": ["nobody"], bob: ["holly"] };
    const problems = directoryProblems(view(aliases), {
      aliases: Object.keys(aliases),
      routes: [{ pattern: "pump@shop.example", destination: "to:bob", accept: true }],
      domains: ["example.org"],
      instructions: [{ person: "info@shop.example", extension: "x", text: "nobody@shop.example" }],
    });
    expect(problems.map(({ what }) => what)).toEqual([
      "alias dead@shop.example",
      "alias bob",
      "route pump@shop.example",
      "instructions of info-x@shop.example",
    ]);
  });
});
