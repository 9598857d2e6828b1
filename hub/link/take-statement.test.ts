import { expect, it } from "vitest";
import { encodeStatement } from "#shared/link/office-statement.js";
import { takeStatement } from "./take-statement.ts";
import { testHub } from "./test-hub.ts";

const NOW = 1_800_000_000_000;

async function scene() {
  const hub = await testHub();
  const { people, offices } = hub.directory;
  const take = (office: string, at: number, ...passwords: { name: string; hash: string; at: number }[]) =>
    takeStatement({ ...hub, now: () => NOW }, office, encodeStatement({ at, passwords }));
  const password = (name: string) => people.get(name)?.passwordHash;
  const version = (office: string) => offices.get(office)?.peopleVersion ?? 0;
  return { ...hub, take, password, version };
}

it("takes a password that is newer than the hub's, however wrong the office's clock is, and lists it anew", async () => {
  const { take, password, version, directory } = await scene();
  directory.people.setPassword("holly", "$hub", NOW - 10_000);
  const before = version("herat");
  // The laptop woke up in 1970, and she changed it five seconds ago.
  expect(take("herat", 6_000, { name: "Holly", hash: "$herat", at: 1_000 })).toMatchObject({ kind: "delivered" });
  expect(password("holly")).toBe("$herat");
  expect(directory.people.get("holly")?.passwordAt).toBe(NOW - 5_000);
  expect(version("herat")).toBeGreaterThan(before);
});

it("keeps a newer one of its own, and lists that anew", async () => {
  const { take, password, version, directory } = await scene();
  directory.people.setPassword("holly", "$hub", NOW - 1_000);
  const before = version("herat");
  expect(take("herat", NOW + 99e9, { name: "holly", hash: "$herat", at: NOW + 99e9 - 2_000 })).toMatchObject({
    kind: "delivered",
  });
  expect(password("holly")).toBe("$hub");
  expect(directory.people.get("holly")?.passwordAt).toBe(NOW - 1_000);
  expect(version("herat")).toBeGreaterThan(before);
});

it("never dates a change into the future", async () => {
  const { take, directory } = await scene();
  take("herat", 1_000, { name: "holly", hash: "$herat", at: 50_000 });
  expect(directory.people.get("holly")?.passwordAt).toBe(NOW);
});

it("hears an office about its own people only", async () => {
  const { take, password } = await scene();
  expect(take("herat", 5, { name: "omid", hash: "$x", at: 5 }, { name: "nobody", hash: "$x", at: 5 })).toMatchObject({
    kind: "delivered",
    text: "0 of 2 passwords taken over",
  });
  expect(password("omid")).toBeUndefined();
});

it.each([
  ["no document", "hello"],
  ["another document", '{"qrelay":"people"}'],
  ["a hash that is none", '{"qrelay":"office","at":1,"passwords":[{"name":"holly","hash":"secret","at":1}]}'],
  ["a time that is none", '{"qrelay":"office","at":"now","passwords":[]}'],
])("refuses %s for good, and says so in the log", async (_what, text) => {
  const hub = await testHub();
  expect(takeStatement(hub, "herat", Buffer.from(text))).toMatchObject({ kind: "failed", status: "5.5.2" });
  expect(hub.events.at(-1)).toMatchObject({
    event: "directory-update",
    fields: { office: "herat", outcome: "refused" },
  });
  expect(takeStatement(hub, "herat", Buffer.from('{"qrelay":"office","at":1,"later":true}'))).toMatchObject({
    kind: "delivered",
  });
});
