import { describe, expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { directoryProblems } from "./directory-problems.ts";
import { moderationProblem } from "./moderation-check.ts";
import { explainRecipient, routeRecipient } from "./route.ts";
import type { DirectoryView, RoutedList } from "./view.ts";

const GOOD = "abcdefghijklmnopabcdefghijklmnop";
const WRONG = "abcdefghijklmnopabcdefghijklmnoq";
const ALIASES = {
  news: ["holly", "x@far.example"],
  "club@second.example": ["bob"],
  all: ["news"],
  boss: ["news", "bob"],
};

function viewOf(lists: Record<string, RoutedList>): DirectoryView {
  return {
    ...routingView(ALIASES),
    list: (name) => lists[name],
    approves: (list, token) => list.startsWith("news@") && token === GOOD,
  };
}

describe("a moderated list", () => {
  it.each<[lists: RoutedList, sender: string, held: boolean]>([
    [{ owner: "zeno", moderate: true }, "zeno@example.org", false],
    [{ owner: "zeno", moderate: true }, "zeno@herat.example.org", false],
    [{ owner: "zeno", moderate: true }, "holly@example.org", true],
    [{ owner: "zeno", moderate: true }, "", true],
    [{ owner: "zeno", moderate: true, post: "members" }, "holly@example.org", false],
    [{ owner: "zeno", moderate: true, post: "members" }, "bob@example.org", true],
    [{ owner: "zeno", moderate: true, post: "organisation" }, "bob@example.org", false],
    [{ owner: "zeno", moderate: true, post: "organisation" }, "y@far.example", true],
    [{ owner: "zeno", moderate: true, post: "owner" }, "holly@example.org", true],
  ])("%j holds mail of %j: %s", (list, sender, held) => {
    const decision = routeRecipient(viewOf({ news: list }), "News@second.example", { relay: false, sender });
    const wanted = { kind: "held", name: "news", recipient: "news@second.example" };
    if (held) expect(decision).toMatchObject({ outcome: "held", destinations: [wanted], problems: [] });
    else expect(decision.destinations.map(({ kind }) => kind)).toEqual(["office", "internet"]);
    expect(decision.steps.some(({ rule, says }) => rule === "held" && says === "held for the owner's approval")).toBe(
      held,
    );
  });

  it("is held under the address that was written to, without the owner as sender", () => {
    const view = viewOf({ "club@second.example": { owner: "zeno", moderate: true } });
    const { destinations } = routeRecipient(view, "club@second.example", { relay: true, sender: "x@far.example" });
    expect(destinations).toEqual([{ kind: "held", name: "club@second.example", recipient: "club@second.example" }]);
  });

  it("is not asked within another list, nor where the sender is not known", () => {
    const view = viewOf({ news: { owner: "zeno", moderate: true } });
    for (const client of [{ relay: true }, { relay: false, sender: "y@far.example" }])
      expect(routeRecipient(view, "all@example.org", client).destinations).toHaveLength(2);
    expect(routeRecipient(view, "news@example.org", { relay: true }).destinations).toHaveLength(2);
  });
});

describe("the owner's word", () => {
  const view = viewOf({ news: { owner: "zeno", moderate: true } });
  it.each<[address: string, sender: string | undefined, outcome: string, status: string | undefined]>([
    [`news-accept-${GOOD}@example.org`, "zeno@example.org", "held", undefined],
    [`News-Reject-${GOOD.toUpperCase()}@second.example`, "anybody@far.example", "held", undefined],
    [`news-accept-${GOOD}@example.org`, undefined, "held", undefined],
    [`news-accept-${WRONG}@example.org`, "zeno@example.org", "refused", "5.1.1"],
    [`club-accept-${GOOD}@second.example`, "zeno@example.org", "refused", "5.1.1"],
    [`news-accept-${GOOD}@example.org`, "", "refused", "5.7.1"],
    [`news-accept-${GOOD}@example.org`, "#@[]", "refused", "5.7.1"],
    // No such list: a name like any other.
    [`nothing-accept-${GOOD}@example.org`, "zeno@example.org", "refused", "5.1.1"],
    [`news-accept-${GOOD}x@example.org`, "zeno@example.org", "refused", "5.1.1"],
  ])("%s from %j: %s", (address, sender, outcome, status) => {
    const client = { relay: false, ...(sender === undefined ? {} : { sender }) };
    const decision = explainRecipient(view, address, client);
    expect([decision.outcome, decision.status]).toEqual([outcome, status]);
  });

  it("is no catch-all's when the list exists", () => {
    const lists = { "club@second.example": ["bob"], "@second.example": ["bob"] };
    const taken = { ...routingView(lists), approves: () => false };
    const outcomes = [`club-accept-${GOOD}`, `nothing-accept-${GOOD}`, `club-accept-${GOOD}x`].map(
      (name) => routeRecipient(taken, `${name}@second.example`, { relay: false }).outcome,
    );
    expect(outcomes).toEqual(["refused", "mailbox", "mailbox"]);
  });

  it("goes by the address that was written to", () => {
    const { destinations } = routeRecipient(view, `News-Accept-${GOOD}@second.example`, {
      relay: false,
      sender: "a@b.c",
    });
    expect(destinations).toEqual([{ kind: "held", name: "news", recipient: `news-accept-${GOOD}@second.example` }]);
  });
});

describe("what is wrong with a moderated list", () => {
  it.each<[list: RoutedList, problem: RegExp | undefined]>([
    [{ moderate: true, owner: "zeno" }, undefined],
    [{ moderate: true, owner: "x@far.example" }, undefined],
    [{ owner: "nobody" }, undefined],
    [{ moderate: true }, /nobody would approve/],
    [{ moderate: true, owner: "gone" }, /its owner gone leads nowhere: the mailbox/],
    [{ moderate: true, owner: "nobody@second.example" }, /leads nowhere: no such person/],
    [{ moderate: true, owner: "news" }, /leads to the list itself/],
    [{ moderate: true, owner: "boss" }, /leads to the list itself/],
  ])("%j: %s", (list, problem) => {
    const said = moderationProblem(viewOf({ news: list }), "news");
    if (problem === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(problem);
  });

  it("is another moderated list as owner, and a name too long for its approval addresses", () => {
    const lists = { news: { moderate: true, owner: "club@second.example" }, "club@second.example": { moderate: true } };
    expect(moderationProblem(viewOf(lists), "news")).toMatch(/is a moderated list/);
    const long = "a".repeat(25);
    expect(moderationProblem(viewOf({ [long]: { moderate: true, owner: "zeno" } }), long)).toMatch(/at most 24/);
    expect(moderationProblem(viewOf({ añon: { moderate: true, owner: "zeno" } }), "añon")).toMatch(/plain/);
    expect(
      moderationProblem(viewOf({ "@second.example": { moderate: true, owner: "zeno" } }), "@second.example"),
    ).toMatch(/has a name/);
  });

  it("is found by check", () => {
    const tables = { aliases: ["news"], routes: [], domains: ["example.org"], instructions: [] };
    const [found] = directoryProblems(viewOf({ news: { moderate: true, owner: "gone" } }), tables);
    expect(found).toEqual({ what: "alias news", says: expect.stringMatching(/^its owner gone leads nowhere/) });
  });
});
