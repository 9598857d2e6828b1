import { describe, expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { explanation } from "./explain.ts";
import { explainRecipient, routeRecipient } from "./route.ts";

/** What qmail's control files and fastforward's table can say, as routes and aliases. */
const STRANGER = { relay: false };

function short(view: ReturnType<typeof routingView>, address: string, client = STRANGER): string[] {
  const { outcome, status, destinations, problems } = routeRecipient(view, address, client);
  return [
    [outcome, status].filter((part) => part !== undefined).join(" "),
    ...destinations.map(({ recipient }) => recipient),
    ...problems.map((problem) => `${problem.status} ${problem.recipient}`),
  ];
}

describe("virtual domains", () => {
  /** `example.com:foo`, `.example.com:foo-bar`, `two.example.com:baz`, `waldo@domain.com:qux`, `domain.com:`, `:garply` of qmail-send(8). */
  const routes = {
    "example.com": "to:foo-{LOCAL}@example.org",
    ".example.com": "to:foo-bar-{LOCAL}@example.org",
    "two.example.com": "to:baz-{LOCAL}@example.org",
    "waldo@domain.com": "to:qux-{LOCAL}@example.org",
    "domain.com": "mx",
    "*": "to:garply-{LOCAL}@example.org",
  };
  const targets = ["foo-user", "foo-bar-user", "baz-user", "qux-waldo", "garply-sub", "foo-a@b"];
  const view = routingView(Object.fromEntries(targets.map((name) => [name, [`${name}@at.domain.com`]])), {
    ...routes,
    "at.domain.com": "mx",
  });

  it.each([
    ["user@example.com", "foo-user@at.domain.com"],
    ["user@a.b.example.com", "foo-bar-user@at.domain.com"],
    ["user@two.example.com", "baz-user@at.domain.com"],
    ["user@three.two.example.com", "foo-bar-user@at.domain.com"],
    ["Waldo@DOMAIN.com", "qux-waldo@at.domain.com"],
    ["sub@x.domain.com", "garply-sub@at.domain.com"],
    ["user@example.com.", "foo-user@at.domain.com"],
  ])("lead %s to %s", (address, target) => {
    expect(short(view, address)).toEqual(["internet", target]);
  });

  it("with a blank prefix are remote, and nobody's to relay to", () => {
    expect(short(view, "other@domain.com")).toEqual(["refused 5.7.1"]);
    expect(routeRecipient(view, "other@domain.com", { relay: true }).outcome).toBe("internet");
  });
});

describe("a template", () => {
  const routes = {
    "company.com": "to:{LOCAL}@tw.company.com",
    "tw.company.com": "smtp://teamware.company.com:2525",
    "old-*@example.org": "to:{DEFAULT}@example.org",
    "*-office@example.org": "to:{DEFAULT}@{DEFAULT}.example.net",
    "tag@example.org": "to:{EXT}@example.net",
    "round.example": "to:{LOCAL}@about.example",
    "about.example": "to:{LOCAL}@round.example",
    "grow.example": "to:{LOCAL}-{LOCAL}@grow.example",
  };
  const view = routingView({}, routes);

  it.each([
    ["John@company.com", "route", "John@tw.company.com"],
    ["old-bob@example.org", "mailbox", "bob@example.org"],
    ["Mazar-Office@example.org", "internet", "Mazar@mazar.example.net"],
    ["old-nobody@example.org", "refused 5.1.1"],
    ["x@round.example", "deferred 4.3.5"],
    ["x@grow.example", "deferred 4.3.5"],
  ])("makes of %s %s %s", (address, ...decision) => {
    expect(short(view, address)).toEqual(decision);
  });

  it("makes no address that could not have been written: nothing of it is a command or a header", () => {
    const { outcome, status } = routeRecipient(view, `${"x".repeat(600)}@grow.example`, STRANGER);
    expect([outcome, status]).toEqual(["refused", "5.1.3"]);
  });
});

describe("own names", () => {
  const view = routingView(
    {
      bob: ["holly"],
      "@second.example": ["zeno"],
      "info@second.example": ["bob"],
      info: ["holly"],
      "sales-eu": ["holly"],
    },
    { "sales-*@example.org": "to:bob@example.org", "gate@example.org": "smtp://gate.example" },
  );

  it.each([
    ["bob@example.org", "bob@example.org"],
    ["bob+news@example.org", "bob@example.org"],
    ["Holly+A+B@example.org", "holly@mazar.example.org"],
    ["info@example.org", "holly@mazar.example.org"],
    ["info@second.example", "bob@example.org"],
    ["anything@second.example", "zeno@herat.example.org"],
    ["bob@second.example", "bob@example.org"],
    ["sales-eu@example.org", "bob@example.org"],
    ["gate@example.org", "gate@example.org"],
  ])("%s goes to %s", (address, recipient) => {
    expect(short(view, address).slice(1)).toEqual([recipient]);
  });

  it.each([["nobody+x@example.org"], ["+bob@example.org"], ["bob-x@example.org"], ["sales-@example.org"]])(
    "%s is nobody",
    (address) => expect(short(view, address)).toEqual(["refused 5.1.1"]),
  );

  it("says what is hidden by what decided", () => {
    const { steps } = explainRecipient(view, "bob@example.org", STRANGER);
    expect(steps.find(({ rule }) => rule === "hidden")).toEqual({
      rule: "hidden",
      record: "bob",
      says: "the alias of that name is not asked: person bob comes first",
    });
  });
});

describe("a list with an owner", () => {
  const aliases = { staff: ["bob", "team", "x@example.net"], team: ["holly"], plain: ["staff"] };
  const view = routingView(aliases, {}, { staff: "owner-staff", team: "chief@example.net" });
  const from = (address: string, sender: string) =>
    explanation(address, sender, routeRecipient(view, address, STRANGER));

  it("is the sender of what it forwards; of nested lists the innermost one's owner is", () => {
    const { destinations } = routeRecipient(view, "staff@example.org", STRANGER);
    expect(destinations.map((one) => [one.recipient, one.sender])).toEqual([
      ["bob@example.org", "owner-staff@example.org"],
      ["holly@mazar.example.org", "chief@example.net"],
      ["x@example.net", "owner-staff@example.org"],
    ]);
    expect(from("team@example.org", "a@example.net").sender).toBe("chief@example.net");
  });

  it.each(["", "#@[]"])("leaves the sender %j alone", (sender) => {
    const explained = from("team@example.org", sender);
    expect(explained.sender).toBe(sender);
  });
});

describe("who has gone", () => {
  const view = routingView({ team: ["lena", "bob"], "@second.example": ["bob"] }, {});

  it.each([
    [
      "an office: her mail there goes on to where she is now",
      "zeno@mazar.example.org",
      "office",
      "zeno@herat.example.org",
    ],
    ["an office where she never was: it is refused", "bob@mazar.example.org", "refused 5.1.1"],
    ["the organisation, with a forward", "Lena@example.org", "internet", "lena@example.net"],
    ["the organisation, as a member of a list", "team@example.org", "several", "bob@example.org", "lena@example.net"],
    ["the organisation, before @host takes it", "olga@second.example", "refused 5.1.6"],
  ])("from %s", (_what, address, ...decision) => {
    expect(short(view, address)).toEqual(decision);
  });

  it("tells the writers what was left for them", () => {
    expect(routeRecipient(view, "nick@example.org", STRANGER)).toMatchObject({
      status: "5.1.6",
      text: "Nick has left, write to info@example.org",
    });
  });
});
