import { describe, expect, it } from "vitest";
import { routesOf, routingView } from "../../test/support/routing-view.ts";
import { routeRecipient } from "./route.ts";

const RELAY = { relay: true };
const STRANGER = { relay: false };

const ALIASES: Record<string, string[]> = {
  abuse: ["postmaster"],
  sales: ["holly", "ali@example.net"],
  "sales@second.example": ["bob"],
  everybody: ["sales", "info", "holly", "gone"],
  info: ["sales"],
  outside: ["x@smart.example", "y@deep.routed.example"],
  snake: ["tail"],
  tail: ["snake"],
  mixed: ["bob", "snake"],
  around: ["bob", "back"],
  back: ["around"],
  officed: ["bob@mazar.example.org", "carol@farah.example.org"],
  d0: ["d1"],
  d1: ["d2"],
  d2: ["d3"],
  d3: ["d4"],
  d4: ["d5"],
  d5: ["d6"],
  d6: ["d7"],
  d7: ["d8"],
  d8: ["d9"],
  d9: ["d10"],
  d10: ["d11"],
  d11: ["holly"],
};

const view = (aliases = ALIASES) => routingView(aliases);

/** One word for the whole, then each destination as `kind name recipient`, then each problem as `status recipient`. */
function short(address: string, client: { relay: boolean; office?: string }): string[] {
  const decision = routeRecipient(view(), address, client);
  return [
    [decision.outcome, decision.status].filter((part) => part !== undefined).join(" "),
    ...decision.destinations.map((one) => `${one.kind} ${one.name} ${one.recipient}`),
    ...decision.problems.map((one) => `${one.status} ${one.recipient}`),
  ];
}

const BOB = "mailbox bob bob@example.org";
const HOLLY = "office mazar holly@mazar.example.org";
const POSTMASTER = "mailbox postmaster postmaster@example.org";

describe("routeRecipient, for a stranger", () => {
  it.each<[address: string, ...decision: string[]]>([
    // People, by every name of the organisation.
    ["bob@example.org", "mailbox", BOB],
    ["BOB@Example.ORG.", "mailbox", BOB],
    ["bob@second.example", "mailbox", BOB],
    ["bob", "mailbox", BOB],
    ["bob@localhost", "mailbox", BOB],
    ["bob@laptop", "mailbox", BOB],
    ["bob@laptop.lan", "mailbox", BOB],
    ["bob@kabul.example.org", "mailbox", BOB],
    ["holly@kabul.example.org", "office", HOLLY],
    ["holly@mailhub.example.org", "office", HOLLY],
    ["holly@mailhub.second.example", "office", HOLLY],
    ["Holly@example.org", "office", HOLLY],
    ["zeno@example.org", "office", "office herat zeno@herat.example.org"],
    ["gone@example.org", "refused 5.2.1"],
    ["nobody@example.org", "refused 5.1.1"],
    ["nobody", "refused 5.1.1"],
    // An office's host is final.
    ["holly@mazar.example.org", "office", HOLLY],
    ["bob@mazar.example.org", "refused 5.1.1"],
    ["nobody@mazar.example.org", "refused 5.1.1"],
    ["sales@mazar.example.org", "refused 5.1.1"],
    ["gone@mazar.example.org", "refused 5.2.1"],
    ["PostMaster@mazar.example.org", "office", "office mazar postmaster@mazar.example.org"],
    ["mailer-daemon@mazar.example.org", "office", "office mazar mailer-daemon@mazar.example.org"],
    ["anyone-List@farah.example.org", "office", "office farah anyone-List@farah.example.org"],
    ["anyone@zaranj.example.org", "office", "office zaranj anyone@zaranj.example.org"],
    // Roles.
    ["postmaster", "mailbox", POSTMASTER],
    ["POSTMASTER@Example.org", "mailbox", POSTMASTER],
    ["abuse@example.org", "mailbox", POSTMASTER],
    ["root@localhost", "mailbox", POSTMASTER],
    ["MAILER-DAEMON@second.example", "mailbox", POSTMASTER],
    // Aliases.
    ["sales@example.org", "several", "internet internet ali@example.net", HOLLY],
    ["sales@second.example", "mailbox", BOB],
    ["everybody@example.org", "several", "internet internet ali@example.net", HOLLY, "5.2.1 gone@example.org"],
    ["info@localhost", "several", "internet internet ali@example.net", HOLLY],
    [
      "outside@example.org",
      "several",
      "smtp relay.example:2525 x@smart.example",
      "smtp [::1]:25 y@deep.routed.example",
    ],
    ["officed@example.org", "several", "office farah carol@farah.example.org", "5.1.1 bob@mazar.example.org"],
    ["snake@example.org", "deferred 4.3.5"],
    ["mixed@example.org", "several", BOB, "4.3.5 snake@example.org"],
    ["around@example.org", "mailbox", BOB],
    ["back@example.org", "mailbox", BOB],
    ["d0@example.org", "deferred 4.3.5"],
    ["d2@example.org", "office", HOLLY],
    // Nothing in a local part has a meaning, and nobody routes by a stranger's wish.
    ["user%victim.example@example.org", "refused 5.1.1"],
    ["user@victim.example@example.org", "refused 5.1.1"],
    ["victim!user", "refused 5.1.1"],
    ["victim!user@example.org", "refused 5.1.1"],
    ["50%OFF@example.org", "mailbox", "mailbox 50%off 50%off@example.org"],
    ["@a,@b:user@example.org", "refused 5.1.3"],
    ["@example.org", "refused 5.1.3"],
    ["", "refused 5.1.3"],
    ["a\r\nb@example.org", "refused 5.1.3"],
    // Not ours.
    ["x@example.net", "refused 5.7.1"],
    ["x@smart.example", "refused 5.7.1"],
    ["x@mailhub.example.net", "refused 5.7.1"],
    ["x@unknown.example.org", "refused 5.7.1"],
    ["x@bad domain", "refused 5.1.2"],
  ])("sends %j on as %j %j %j %j", (address, ...decision) => {
    expect(short(address, STRANGER)).toEqual(decision);
  });
});

describe("routeRecipient, for those who may relay", () => {
  it.each<[address: string, client: { relay: boolean; office?: string }, ...decision: string[]]>([
    ["x@Example.NET", RELAY, "internet", "internet internet x@example.net"],
    ["Mixed.Case@example.net", RELAY, "internet", "internet internet Mixed.Case@example.net"],
    ["x@example.net", { relay: false, office: "mazar" }, "internet", "internet internet x@example.net"],
    ["x@[192.0.2.1]", RELAY, "internet", "internet internet x@[192.0.2.1]"],
    ["x@smart.example", RELAY, "route", "smtp relay.example:2525 x@smart.example"],
    ["x@sub.smart.example", RELAY, "internet", "internet internet x@sub.smart.example"],
    ["x@a.b.routed.example", RELAY, "route", "smtp [::1]:25 x@a.b.routed.example"],
    ["x@routed.example", RELAY, "internet", "internet internet x@routed.example"],
    ["nobody@example.org", RELAY, "refused 5.1.1"],
  ])("sends %j of %j on as %j", (address, client, ...decision) => {
    expect(short(address, client)).toEqual(decision);
  });

  it("sends everything to the smart host once there is a route for *", () => {
    const smart = { ...view(), ...routesOf({ "*": "smtp://smart.example.net:587" }) };
    const decision = routeRecipient(smart, "x@any.example", RELAY);
    expect(decision.destinations).toEqual([
      { kind: "smtp", name: "smart.example.net:587", recipient: "x@any.example" },
    ]);
  });
});

describe("routeRecipient, in words", () => {
  it("tells where somebody is now who is not at the office written to", () => {
    const decision = routeRecipient(view(), "holly@herat.example.org", STRANGER);
    expect(decision.text).toBe(
      "no such person at herat: holly@herat.example.org: posted at mazar now, write to holly@example.org",
    );
  });

  it("keeps one step for each rule that spoke", () => {
    const { steps } = routeRecipient(view(), "info@localhost", STRANGER);
    expect(steps.map((step) => `${step.rule} ${step.record}`)).toEqual([
      "own-name localhost",
      "alias info",
      "bare sales",
      "alias sales",
      "bare holly",
      "person holly",
      "internet example.net",
    ]);
  });

  it("answers a role that leads only to itself or to nobody with the hub's own mailbox", () => {
    for (const aliases of [
      { postmaster: ["root"], root: ["postmaster"] },
      { postmaster: ["gone"] },
      { postmaster: ["a"], a: ["a"] },
    ]) {
      const decision = routeRecipient(view(aliases as Record<string, string[]>), "root@localhost", STRANGER);
      expect(decision.destinations).toEqual([
        { kind: "mailbox", name: "postmaster", recipient: "postmaster@example.org" },
      ]);
    }
  });

  it("gives postmaster one copy, not two, when several roles of an alias lead to the same person", () => {
    const aliases = { all: ["abuse", "postmaster", "root"], abuse: ["postmaster"], postmaster: ["bob"] };
    expect(routeRecipient(view(aliases), "all", STRANGER).destinations).toEqual([
      { kind: "mailbox", name: "bob", recipient: "bob@example.org" },
    ]);
  });

  it("stops an alias that grows without end", () => {
    const wide = Array.from({ length: 100 }, (_, i) => `w${i}`);
    const aliases: Record<string, string[]> = { w: wide };
    for (const one of wide) aliases[one] = Array.from({ length: 200 }, (_, i) => `${one}.${i}@example.net`);
    const decision = routeRecipient(view(aliases), "w", STRANGER);
    expect(decision.destinations.length).toBeLessThanOrEqual(10_000);
    expect(decision.problems.length).toBeGreaterThan(0);
    expect(decision.outcome).toBe("several");
  });
});
