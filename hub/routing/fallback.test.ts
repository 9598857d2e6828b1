import { describe, expect, it } from "vitest";
import { routingView, type TestRoutes } from "../../test/support/routing-view.ts";
import { readKnownNames } from "./known-names.ts";
import { explainRecipient, routeRecipient } from "./route.ts";

const STRANGER = { relay: false };
const OLD = { destination: "smtp://old.example.org", accept: true };

function short(routes: TestRoutes, address: string, aliases: Record<string, string[]> = {}, client = STRANGER) {
  const { outcome, status, destinations } = routeRecipient(routingView(aliases, routes), address, client);
  const to = destinations.map((one) => [
    ...[one.kind, one.name, one.recipient],
    ...(one.kind === "smtp" && one.probe !== undefined ? [`probe ${one.probe}`] : []),
  ]);
  return [[outcome, status].filter((part) => part !== undefined).join(" "), ...to.map((parts) => parts.join(" "))];
}

describe("the route of one of our own domains", () => {
  const routes: TestRoutes = { "example.org": OLD, "sales-*@example.org": "to:bob" };
  const aliases = { info: ["bob"], "team@example.org": ["bob"] };

  it.each([
    // whoever is here comes first, and so does every record of the name
    ["bob@example.org", "mailbox", "mailbox bob bob@example.org"],
    ["bob+x@example.org", "mailbox", "mailbox bob bob@example.org"],
    ["info@example.org", "mailbox", "mailbox bob bob@example.org"],
    ["team@example.org", "mailbox", "mailbox bob bob@example.org"],
    ["sales-eu@example.org", "mailbox", "mailbox bob bob@example.org"],
    ["abuse@example.org", "mailbox", "mailbox postmaster postmaster@example.org"],
    ["gone@example.org", "refused 5.2.1"],
    ["olga@example.org", "refused 5.1.6"],
    // all others
    ["Kim@example.org", "route", "smtp old.example.org:25 Kim@example.org"],
    ["bob-x@example.org", "route", "smtp old.example.org:25 bob-x@example.org"],
    ["sales-@example.org", "route", "smtp old.example.org:25 sales-@example.org"],
    // another domain of ours is another domain; the hub's own names are the first one's
    ["kim@second.example", "refused 5.1.1"],
    ["kim@kabul.example.org", "route", "smtp old.example.org:25 kim@example.org"],
    ["kim", "route", "smtp old.example.org:25 kim@example.org"],
    // final at the office
    ["kim@mazar.example.org", "refused 5.1.1"],
  ])("sends %s to %s %s", (address, ...decision) => {
    expect(short(routes, address, aliases)).toEqual(decision);
  });

  it("comes after the alias @host", () => {
    expect(short(routes, "kim@example.org", { "@example.org": ["bob"] })).toEqual([
      "mailbox",
      "mailbox bob bob@example.org",
    ]);
  });

  it.each<[string, TestRoutes[string], string]>([
    ["only our own people reach", { ...OLD, accept: false }, "refused 5.1.1"],
    ["our own MX records decide", { destination: "mx", accept: true }, "refused 5.1.1"],
    ["leads to itself", "to:{LOCAL}x@example.org", "deferred 4.3.5"],
    ["a program is allowed no more", { destination: "program:x", accept: true }, "deferred 4.3.5"],
  ])("where %s is %s: %s", (_what, route, decision) => {
    expect(short({ "example.org": route }, "kim@example.org")).toEqual([decision]);
  });

  it("may lead to somebody here: what users/assign's + alone and a virtual domain's catch-all do", () => {
    expect(short({ "example.org": "to:holly" }, "kim@example.org")).toEqual([
      "office",
      "office mazar holly@mazar.example.org",
    ]);
  });

  it("leaves it to its host whether somebody is there, where that is to be asked", () => {
    const asked: TestRoutes = { "example.org": { ...OLD, check: "probe" } };
    expect(short(asked, "kim@example.org")).toEqual([
      "route",
      "smtp old.example.org:25 kim@example.org probe example.org",
    ]);
    const { steps } = explainRecipient(routingView({}, asked), "kim@example.org", STRANGER);
    expect(steps.map(({ rule, record }) => `${rule} ${record}`)).toEqual([
      "domain example.org",
      "fallback example.org",
      "route example.org",
      "probe example.org",
    ]);
  });
});

describe("a route's list of names", () => {
  const routes: TestRoutes = { "club.example": { ...OLD, check: "list" }, ".club.example": { ...OLD, check: "list" } };
  it.each([
    ["kim@club.example", "route"],
    ["KIM@club.example", "route"],
    ["kim+news@club.example", "route"],
    ["lena@club.example", "route"],
    ["postmaster@club.example", "route"],
    ["lena@sub.club.example", "refused 5.1.1"],
    ["kim-x@club.example", "refused 5.1.1"],
    ["+kim@club.example", "refused 5.1.1"],
    ["max@club.example", "refused 5.1.1"],
  ])("decides for %s: %s", (address, decision) => {
    expect(short(routes, address)[0]).toBe(decision);
    // Also for those who may send anywhere: what is refused there would come back to them a day later.
    expect(short(routes, address, {}, { relay: true })[0]).toBe(decision);
  });
});

describe("readKnownNames", () => {
  it("reads names with and without the domain, each once, past comments and line ends of any kind", () => {
    const text = "# staff\r\nKim\r\nkim\n\n  lena@Club.Example.  \nmax";
    expect(readKnownNames(text, "club.example")).toEqual({ names: ["kim", "lena@club.example", "max"], problems: [] });
    expect(readKnownNames("", "club.example")).toEqual({ names: [], problems: [] });
  });

  it.each([
    ["kim@other.example", "club.example", "is not matched by the route club.example"],
    ["kim@club.example", ".club.example", "is not matched"],
    ["buy-x@club.example", "sales-*@club.example", "is not matched"],
    ["sales-x@other.example", "sales-*@club.example", "is not matched"],
    ["a b", "club.example", "is no name"],
    ["a,b", "club.example", "is no name"],
    ["@club.example", "club.example", "is no name"],
    ["kim@", "club.example", "is no name"],
    ["a\u0000b", "club.example", "control characters"],
    ["x".repeat(2000), "club.example", "longer than"],
  ])("names the line of %j for %s", (line, pattern, says) => {
    expect(readKnownNames(`ok\n${line}\n`, pattern)).toEqual({
      names: ["ok"],
      problems: [{ line: 2, says: expect.stringContaining(says) }],
    });
  });

  it("stops at twenty problems, and at a million names", () => {
    expect(readKnownNames("a b\n".repeat(1000), "club.example").problems).toHaveLength(20);
    const many = Array.from({ length: 1_000_002 }, (_, index) => `n${index}`).join("\n");
    expect(readKnownNames(many, "club.example").problems).toEqual([
      { line: 1_000_001, says: "more than 1000000 names" },
    ]);
  });
});

describe("assignments of users/assign, as routes", () => {
  /** `=joe`, `+sales-`, `+sales-eu-`, `+tickets-`, `+` of qmail-users(5). */
  const routes: TestRoutes = {
    "joe@example.org": "to:bob",
    "jo*@example.org": "to:holly",
    "sales-*@example.org": "to:{DEFAULT}@sales.example.net",
    "sales-eu-*@example.org": "smtp://eu.example",
    "tickets-*@example.org": { destination: "program:ticket", accept: true },
    "example.org": "to:zeno",
  };
  const view = { ...routingView({}, routes), programs: true };
  const target = (address: string) =>
    routeRecipient(view, address, STRANGER).destinations.map((one) =>
      one.kind === "program" ? `${one.name} ${one.run.extension} ${one.run.rest}` : `${one.name} ${one.recipient}`,
    );

  it.each([
    ["joe@example.org", "bob bob@example.org"],
    ["JOE@example.org", "bob bob@example.org"],
    ["joan@example.org", "mazar holly@mazar.example.org"],
    ["sales-Kim@example.org", "internet Kim@sales.example.net"],
    ["Sales-EU-Kim@example.org", "eu.example:25 Sales-EU-Kim@example.org"],
    ["tickets-Pump-7@example.org", "tickets-*@example.org Pump-7 Pump-7"],
    ["anybody@example.org", "herat zeno@herat.example.org"],
    ["sales-@example.org", "herat zeno@herat.example.org"],
    ["bob@example.org", "bob bob@example.org"],
  ])("exact beats prefix, the longest prefix wins, all else falls to the last: %s → %s", (address, decision) => {
    expect(target(address)).toEqual([decision]);
  });
});
