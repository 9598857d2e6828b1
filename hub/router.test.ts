import { describe, expect, it } from "vitest";
import { testHub } from "./link/test-hub.ts";
import { officeQueue } from "./router.ts";

const OWN = { relay: true };
const STRANGER = { relay: false };

describe("the hub's routing in the words of the queue", () => {
  it("knows mailbox, office with its limit, and Internet", async () => {
    const { route } = await testHub();
    expect(route("Maria@example.org", STRANGER)).toMatchObject({
      kind: "to",
      destinations: [{ place: { kind: "mailbox", name: "maria" } }],
    });
    expect(route("holly@example.org", STRANGER)).toEqual({
      kind: "to",
      destinations: [
        { place: { kind: "queue", name: officeQueue("herat") }, recipient: "holly@herat.example.org", limit: 20_000 },
      ],
    });
    expect(route("omid@example.org", STRANGER)).toMatchObject({
      destinations: [{ recipient: "omid@mazar.example.org" }],
    });
    expect(route("x@far.example", OWN)).toMatchObject({ destinations: [{ place: { name: "internet" } }] });
  });

  it("refuses whom nobody has, and strangers' mail for others (Q11)", async () => {
    const { route } = await testHub();
    expect(route("nobody@example.org", STRANGER)).toMatchObject({ kind: "refused", status: "5.1.1" });
    expect(route("x@far.example", STRANGER)).toMatchObject({ kind: "refused", status: "5.7.1" });
    expect(route("x@far.example", { relay: false, link: "herat" })).toMatchObject({ kind: "to" });
  });

  it("expands an alias, names it against loops and keeps its problems apart", async () => {
    const { route, directory } = await testHub();
    directory.aliases.put({ name: "all", targets: ["maria@example.org", "holly@example.org"] });
    const all = route("All@example.org", STRANGER);
    expect(all).toMatchObject({ kind: "to", expanded: "all@example.org" });
    expect(all.kind === "to" && all.destinations).toHaveLength(2);
    directory.people.suspend("holly", true);
    expect(route("all@example.org", STRANGER)).toMatchObject({
      kind: "to",
      destinations: [{ place: { name: "maria" } }],
      problems: [{ outcome: { kind: "failed", status: "5.2.1" } }],
    });
  });

  it("follows a move with the next question", async () => {
    const { route, directory } = await testHub();
    directory.people.move("holly", "mazar");
    expect(route("holly@example.org", OWN)).toMatchObject({ destinations: [{ place: { name: "office/mazar" } }] });
  });

  it("makes one copy for an office however many people it is for", async () => {
    const hub = await testHub();
    await hub.take("Subject: x\n\nx\n", ["holly@example.org", "ali@example.org"]);
    expect(await hub.waiting("office/herat")).toEqual(["holly@herat.example.org ali@herat.example.org"]);
    expect(await hub.waiting("sorting")).toEqual([]);
  });
});
