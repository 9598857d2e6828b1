import { afterEach, beforeEach, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

/** What becomes of the mail of who has moved or left, by the commands. */
let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
  await hub.json("office", "add", "mazar");
  await hub.json("office", "add", "herat");
  await hub.json("person", "add", "holly", "--office", "mazar");
});
afterEach(() => hub[Symbol.asyncDispose]());

it("sends on what is written to the old office after a transfer, and to no other office", async () => {
  await hub.json("person", "move", "holly", "--to", "herat");
  const explained = await hub.json("explain", "holly@mazar.example.org");
  expect(explained.destinations).toEqual([{ kind: "office", name: "herat", recipient: "holly@herat.example.org" }]);
  expect(explained.steps).toContainEqual({
    rule: "transfer",
    record: "holly",
    says: "was posted at mazar until lately: goes on to where she is now",
  });
  expect(await hub.json("explain", "holly@kabul.example.org")).toMatchObject({ outcome: "office" });
});

it("forwards a leaver's mail until her time is over, or somebody of that name is there again", async () => {
  await hub.json("person", "remove", "holly", "--forward", "holly@example.net", "--for", "180d");
  expect((await hub.json("explain", "holly@example.org")).destinations).toEqual([
    { kind: "internet", name: "internet", recipient: "holly@example.net" },
  ]);
  await hub.json("person", "add", "holly", "--office", "herat");
  expect(await hub.json("explain", "holly@example.org")).toMatchObject({ outcome: "office" });
  await hub.json("person", "remove", "holly");
  expect(await hub.json("explain", "holly@example.org")).toMatchObject({ outcome: "refused", status: "5.1.1" });
});

it("sends on what is written to her at the office where a leaver was", async () => {
  await hub.json("person", "remove", "holly", "--forward", "holly@example.net");
  expect((await hub.json("explain", "holly@mazar.example.org")).destinations).toEqual([
    { kind: "internet", name: "internet", recipient: "holly@example.net" },
  ]);
  expect(await hub.json("explain", "holly@herat.example.org")).toMatchObject({ outcome: "refused", status: "5.1.1" });
});

it("shows who has left, and changes or ends what becomes of her mail", async () => {
  await hub.json("person", "remove", "holly", "--forward", "holly@example.net");
  expect(await hub.json("person", "show", "holly")).toMatchObject({ left: true, forward: "holly@example.net" });
  expect((await hub.run(["person", "show", "holly"])).out).toMatch(
    /^holly has left; until \d{4}-\d\d-\d\d mail for that name goes on to holly@example\.net\n$/,
  );
  await hub.json("person", "remove", "holly", "--notice", "Write to info@example.org");
  expect(await hub.json("explain", "holly@example.org")).toMatchObject({ text: "Write to info@example.org" });
  expect(await hub.json("person", "remove", "holly")).toEqual({ name: "holly", left: false });
  expect((await hub.run(["person", "show", "holly"])).code).toBe(65);
});

it("tells a leaver's writers what was left for them", async () => {
  await hub.json("person", "remove", "holly", "--notice", "Holly has left, write to info@example.org");
  expect(await hub.json("explain", "holly@example.org")).toMatchObject({
    status: "5.1.6",
    text: "Holly has left, write to info@example.org",
  });
});

it.each([
  [["--forward", "nobody@example.org"], 65, /leads|no such person/],
  [["--forward", "|/bin/sh"], 65, /programs are not allowed/],
  [["--forward", "holly@example.org"], 65, /no such person/],
  [["--forward", "a@example.net", "--notice", "x"], 64, /not both/],
  [["--notice", "two\nlines"], 65, /one line/],
  [["--forward", "a@example.net", "--for", "soon"], 64, /90d/],
])("refuses %j, and she stays", async (words, code, reason) => {
  const said = await hub.run(["person", "remove", "holly", ...words]);
  expect(said.code).toBe(code);
  expect(said.err).toMatch(reason);
  expect(await hub.json("person", "show", "holly")).toMatchObject({ office: "mazar" });
});
