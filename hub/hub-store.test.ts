import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Store } from "#shared/queue/store.js";
import { openDirectory } from "./directory/directory.ts";
import { hubQueues } from "./hub-store.ts";

it("a hub that has not run since programs came has no queue of theirs, and its commands none to fail on", async () => {
  const dir = mkdtempSync(join(tmpdir(), "qrelay-queues-"));
  const directory = openDirectory(join(dir, "directory.db"), { create: true });
  onTestFinished(() => {
    directory.close();
    rmSync(dir, { recursive: true });
  });
  directory.offices.add({ name: "herat", host: "herat.example.org", key: "x" });
  const store = new Store(dir, "hub.example.org", () => "");
  expect(hubQueues(store, directory)).toEqual(["sorting", "internet", "office/herat"]);
  await store.queue("programs").create();
  expect(hubQueues(store, directory)).toEqual(["sorting", "internet", "programs", "office/herat"]);
});
