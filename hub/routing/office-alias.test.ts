import { describe, expect, it } from "vitest";
import { routingView } from "../../test/support/routing-view.ts";
import { explainRecipient, routeRecipient } from "./route.ts";

/** mazar has told that it has aliases radio, holly (who is posted there) and zeno (who was, until lately). */
const VIEW = routingView({ team: ["radio@mazar.example.org", "bob"] });
const STRANGER = { relay: false };

const where = (address: string): string[] => {
  const { destinations, status } = routeRecipient(VIEW, address, STRANGER);
  return destinations.length === 0
    ? [String(status)]
    : destinations.map(({ kind, name, recipient }) => `${kind} ${name} ${recipient}`);
};

describe("an alias that an office keeps for itself", () => {
  it.each([
    ["Radio@Mazar.example.org", ["office mazar radio@mazar.example.org"]],
    ["radio@herat.example.org", ["5.1.1"]],
    ["radio@example.org", ["5.1.1"]],
    ["other@mazar.example.org", ["5.1.1"]],
    ["radio@farah.example.org", ["office farah radio@farah.example.org"]],
    ["zeno@mazar.example.org", ["office herat zeno@herat.example.org"]],
    ["holly@mazar.example.org", ["office mazar holly@mazar.example.org"]],
    ["team@example.org", ["mailbox bob bob@example.org", "office mazar radio@mazar.example.org"]],
  ])("%s", (address, expected) => expect(where(address)).toEqual(expected));

  it("is explained, also where a person comes first", () => {
    expect(explainRecipient(VIEW, "radio@mazar.example.org", STRANGER).steps).toEqual([
      {
        rule: "office-alias",
        record: "radio",
        says: "mazar has an alias of that name and expands it: queue of mazar",
      },
    ]);
    expect(explainRecipient(VIEW, "holly@mazar.example.org", STRANGER).steps[0]).toMatchObject({
      rule: "hidden",
      record: "holly",
    });
    expect(routeRecipient(VIEW, "holly@mazar.example.org", STRANGER).steps).toHaveLength(1);
  });
});
