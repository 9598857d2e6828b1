import { describe, expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import type { Posters } from "./posting.ts";
import { routeRecipient } from "./route.ts";

const ALIASES = {
  staff: ["holly", "team", "friend@far.example"],
  team: ["bob@second.example", "desk@shop.example"],
  "desk@shop.example": ["info@shop.example"],
  all: ["staff"],
};

function written(sender: string | undefined, who: Posters, to = "staff@example.org", owner = "zeno") {
  const view = routingView(ALIASES, {}, { staff: owner });
  const list: typeof view.list = (name) => (name === "staff" ? { owner, post: who } : view.list(name));
  const client = { relay: false, ...(sender === undefined ? {} : { sender }) };
  return routeRecipient({ ...view, list }, to, client);
}

describe("who may write to a list", () => {
  it.each<[who: Posters, sender: string, may: boolean]>([
    ["members", "holly@example.org", true],
    ["members", "Holly@Second.Example", true],
    ["members", "holly@mazar.example.org", true],
    ["members", "bob@example.org", true],
    ["members", "friend@far.example", true],
    ["members", "zeno@example.org", true],
    ["members", "gone@example.org", false],
    ["members", "holly@far.example", false],
    ["members", "", false],
    ["organisation", "gone@example.org", true],
    ["organisation", "anybody@herat.example.org", true],
    ["organisation", "friend@far.example", false],
    ["organisation", "", false],
    ["organisation", "bob@shop.example", false],
    ["members", "bob@shop.example", false],
    ["members", "info@shop.example", true],
    ["owner", "zeno@herat.example.org", true],
    ["owner", "holly@example.org", false],
  ])("%s: %s", (who, sender, may) => {
    const { status, steps } = written(sender, who);
    expect(status).toBe(may ? undefined : "5.7.1");
    expect(steps).toContainEqual(expect.objectContaining({ rule: "post", record: "staff" }));
  });

  it("is not asked where the sender is not known, as in explain, nor of a list within a list", () => {
    expect(written(undefined, "owner").status).toBeUndefined();
    expect(written("stranger@far.example", "owner", "all@example.org").status).toBeUndefined();
  });

  it("is told to who may not", () => {
    expect(written("x@far.example", "members").text).toBe(
      "only its members and its owner may write to staff@example.org",
    );
  });
});
