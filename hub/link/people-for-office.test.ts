import { expect, it } from "vitest";
import { parsePeople } from "#shared/link/people-update.js";
import { queuePeople } from "./people-for-office.ts";
import { type TestHub, testHub } from "./test-hub.ts";

/** The list that waits for an office. */
async function listFor(hub: TestHub, office: string) {
  await queuePeople(hub.directory, hub.store, office, 1_700_000_000_000);
  const queue = hub.store.queue(`office/${office}`);
  const [entry, ...others] = await queue.list();
  expect(others).toEqual([]);
  const open = entry === undefined ? undefined : await queue.open(entry);
  if (open === undefined) throw new Error("no list waits");
  const pieces: Uint8Array[] = [];
  for await (const piece of open.message()) pieces.push(piece);
  await open.close();
  const parsed = parsePeople(Buffer.concat(pieces));
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.list;
}

it("names those who have moved, until they are back or nobody answers for them", async () => {
  const hub = await testHub();
  const { people, departures } = hub.directory;
  expect(await listFor(hub, "herat")).not.toHaveProperty("moved");
  people.move("holly", "mazar");
  expect(await listFor(hub, "herat")).toMatchObject({ people: [{ name: "ali" }], moved: ["holly"] });
  people.remove("ali");
  departures.noteTransfer("ali", "herat");
  departures.leave({ name: "ali", forward: "ali@example.net", until: Date.now() + 1e6 });
  expect(await listFor(hub, "herat")).toMatchObject({ people: [], moved: ["ali", "holly"] });
  expect(departures.askMailboxes("holly", "mazar")).toEqual(["herat"]);
  expect(await listFor(hub, "herat")).toMatchObject({
    moved: ["ali", "holly"],
    mailboxes: [{ name: "holly", to: "holly@mazar.example.org" }],
  });
  people.move("holly", "herat");
  departures.forget("ali");
  expect(await listFor(hub, "herat")).toEqual({
    version: expect.any(Number),
    office: "herat",
    people: [{ name: "holly" }],
  });
  const there = await listFor(hub, "mazar");
  expect(there).toMatchObject({ moved: ["holly"] });
  expect(there).not.toHaveProperty("mailboxes");
  expect(departures.askMailboxes("holly", "herat")).toEqual(["mazar"]);
  expect(await listFor(hub, "mazar")).toMatchObject({
    mailboxes: [{ name: "holly", to: "holly@herat.example.org", limit: 20_000 }],
  });
});
