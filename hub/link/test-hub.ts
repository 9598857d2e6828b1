import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { newHubToml, parseHubConfig } from "#hub/config.js";
import { openDirectory } from "#hub/directory/directory.js";
import { type HubNode, openHub } from "#hub/node.js";
import { arrival } from "#shared/queue/test-bench.js";

/** For tests: a hub on the real disk with the offices kabul (its own), mazar and herat, and a few people. */
export interface TestHub extends HubNode {
  readonly events: { readonly event: string; readonly fields: Record<string, unknown> }[];
  /** A message through the front door, from an own client. */
  take(text: string, to: readonly string[]): Promise<void>;
  /** Recipients of the entries of a queue, oldest first, each entry one line. */
  waiting(queue: string): Promise<string[]>;
}

export const KEY = Buffer.alloc(32, 7);

export async function testHub(): Promise<TestHub> {
  const dir = await mkdtemp(join(tmpdir(), "qrelay-hub-"));
  const read = parseHubConfig(newHubToml({ domain: "example.org", office: "kabul", host: "hub.example.org" }), dir);
  if (!read.ok) throw new Error(JSON.stringify(read));
  const fresh = openDirectory(join(dir, "directory.db"), { create: true });
  fresh.domains.add("example.org");
  const key = KEY.toString("base64url");
  fresh.offices.add({ name: "kabul", host: "kabul.example.org", key, own: true });
  fresh.offices.add({ name: "mazar", host: "mazar.example.org", key });
  fresh.offices.add({ name: "herat", host: "herat.example.org", key, limitBytes: 20_000 });
  for (const [name, office] of [
    ["maria", "kabul"],
    ["holly", "herat"],
    ["ali", "herat"],
    ["omid", "mazar"],
  ] as const)
    fresh.people.add({ name, office });
  fresh.close();
  const events: TestHub["events"] = [];
  const node = openHub(read.value, (event, fields) => void events.push({ event, fields }));
  for (const name of ["sorting", "internet", "office/mazar", "office/herat"]) await node.store.queue(name).create();
  onTestFinished(async () => {
    await node.links.close();
    await node.engine.stop();
    node.directory.close();
    await rm(dir, { recursive: true, force: true });
  });
  return { ...node, events, take: (text, to) => take(node, text, to), waiting: (queue) => waiting(node, queue) };
}

async function take(node: HubNode, text: string, to: readonly string[]): Promise<void> {
  const { outcomes } = await node.engine.accept(await arrival(text, to));
  const bad = outcomes.find(({ kind }) => kind !== "delivered");
  if (bad !== undefined) throw new Error(bad.text);
}

async function waiting(node: HubNode, name: string): Promise<string[]> {
  const queue = node.store.queue(name);
  const lines: string[] = [];
  for (const entry of await queue.list()) {
    const open = await queue.open(entry);
    lines.push((open?.head.envelope.recipients ?? []).map(({ address }) => address).join(" "));
    await open?.close();
  }
  return lines;
}
