/**
 * A hub and a spoke in this process, on the real disk, with nothing between them but two ends of a stream: for tests that
 * cut the line at a byte or look at each frame.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { newHubToml, parseHubConfig } from "#hub/config.js";
import { openDirectory } from "#hub/directory/directory.js";
import { holdWithOffice } from "#hub/link/office-session.js";
import { type HubNode, openHub } from "#hub/node.js";
import type { LineSettings, SessionReport } from "#shared/link/hold-session.js";
import type { Accept } from "#shared/queue/accept.js";
import { recoverMemory } from "#shared/queue/recover.js";
import { Spool } from "#shared/queue/spool.js";
import type { Store } from "#shared/queue/store.js";
import { newSpokeToml, parseSpokeConfig } from "#spoke/config.js";
import { openSpokeDirectory } from "#spoke/directory/directory.js";
import { holdWithHub } from "#spoke/hub-link.js";
import { OUTBOUND, openSpoke, type SpokeNode } from "#spoke/node.js";
import { maildir } from "./read-mailbox.ts";

export interface NodePair {
  readonly hub: HubNode;
  readonly spoke: SpokeNode;
  /** Mail for an office's people, put in at headquarters, and the other way. */
  down(text: string, to?: readonly string[]): Promise<void>;
  up(text: string, to?: readonly string[]): Promise<void>;
  /** One session; the two ends of the carrier are given. */
  session(ends: { readonly spoke: Duplex; readonly hub: Duplex }, line?: Partial<LineSettings>): Promise<Ended>;
  /** Subjects of the messages that lie in a mailbox at a node, sorted. */
  subjects(node: "hub" | "spoke", mailbox: string): Promise<string[]>;
  waiting(): Promise<{ hub: number; spoke: number }>;
  /** Events that either node has logged. */
  readonly logged: readonly string[];
  close(): Promise<void>;
}

export interface Ended {
  readonly spoke: SessionReport;
  readonly hub: SessionReport;
  /** Frame bytes that the spoke wrote and read. */
  readonly wire: { readonly up: number; readonly down: number };
}

type Log = (event: string, fields: Record<string, unknown>) => void;

const KEY = Buffer.alloc(32, 7).toString("base64url");
const NEVER = new AbortController().signal;
export const FULL_LINE: LineSettings = { half: false, order: "both", stay: false, history: true };

export async function nodePair(): Promise<NodePair> {
  const dir = await mkdtemp(join(tmpdir(), "qrelay-pair-"));
  const logged: string[] = [];
  const log: Log = (event, fields) => {
    logged.push(event);
    if (process.env.QRELAY_TEST_LOG !== undefined) console.error(event, JSON.stringify(fields));
  };
  const hub = await makeHub(join(dir, "hub"), log);
  const spoke = await makeSpoke(join(dir, "spoke"), log);
  return {
    hub,
    spoke,
    logged,
    down: (text, to = ["holly@example.org"]) => put(hub.engine.accept, hub.store, text, to),
    up: (text, to = ["maria@example.org"]) => put(spoke.engine.accept, spoke.store, text, to),
    session: (ends, line = {}) => session(hub, spoke, ends, { ...FULL_LINE, ...line }),
    subjects: (node, mailbox) => subjects(node === "hub" ? hub.store : spoke.store, mailbox),
    waiting: async () => ({
      hub: (await hub.store.queue("office/herat").list()).length,
      spoke: (await spoke.store.queue(OUTBOUND).list()).length,
    }),
    close: async () => {
      await hub.links.close();
      for (const node of [hub, spoke]) {
        await node.engine.stop();
        node.directory.close();
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function makeHub(dir: string, log: Log): Promise<HubNode> {
  await mkdir(dir, { recursive: true });
  const read = parseHubConfig(newHubToml({ domain: "example.org", office: "kabul", host: "hub.example.org" }), dir);
  if (!read.ok) throw new Error(JSON.stringify(read));
  const directory = openDirectory(join(dir, "directory.db"), { create: true });
  directory.domains.add("example.org");
  directory.offices.add({ name: "kabul", host: "kabul.example.org", key: KEY, own: true });
  directory.offices.add({ name: "herat", host: "herat.example.org", key: KEY });
  for (const [name, office] of [
    ["maria", "kabul"],
    ["holly", "herat"],
    ["ali", "herat"],
  ] as const)
    directory.people.add({ name, office });
  directory.close();
  const hub = openHub(read.value, log);
  for (const name of ["sorting", "internet", "office/herat"]) await hub.store.queue(name).create();
  return hub;
}

async function makeSpoke(dir: string, log: Log): Promise<SpokeNode> {
  await mkdir(dir, { recursive: true });
  const text = newSpokeToml({
    domains: ["example.org"],
    office: "herat",
    host: "herat.example.org",
    hub: "hub.example.org",
    key: KEY,
    link: [{ name: "main", connect: "tls://127.0.0.1:6209" }],
  });
  const read = parseSpokeConfig(text, dir);
  if (!read.ok) throw new Error(JSON.stringify(read));
  openSpokeDirectory(join(dir, "spoke.db"), { create: true }).close();
  const spoke = openSpoke(read.value, log);
  for (const name of ["sorting", OUTBOUND]) await spoke.store.queue(name).create();
  return spoke;
}

async function put(accept: Accept, store: Store, text: string, to: readonly string[]): Promise<void> {
  const spool = new Spool(store.partial);
  await spool.write(Buffer.from(text, "latin1"));
  const { outcomes } = await accept({
    envelope: { sender: "sender@example.org", recipients: to.map((address) => ({ address })) },
    spool,
    origin: { relay: true },
    peer: { from: "client", with: "ESMTP" },
    refusals: "answer",
  });
  await spool.discard();
  const bad = outcomes.find(({ kind }) => kind !== "delivered");
  if (bad !== undefined) throw new Error(bad.text);
}

async function session(
  hub: HubNode,
  spoke: SpokeNode,
  ends: { readonly spoke: Duplex; readonly hub: Duplex },
  line: LineSettings,
): Promise<Ended> {
  await recoverMemory(hub.directory.memory);
  await recoverMemory(spoke.directory.memory);
  const office = hub.directory.offices.get("herat");
  if (office === undefined) throw new Error("There is no herat");
  const common = { stop: NEVER, abort: NEVER };
  const context = { ...hub, linkPolicy: LINK_POLICY, maxMessage: hub.config.limits.message };
  const wire = { up: countWrites(ends.spoke), down: countWrites(ends.hub) };
  const spokeWire = () => ({ up: wire.up(), down: wire.down() });
  const hubWire = () => ({ up: wire.down(), down: wire.up() });
  const [atSpoke, atHub] = await Promise.all([
    holdWithHub(spoke, { stream: ends.spoke, wire: spokeWire }, { ...common, dialler: true, line }),
    holdWithOffice(context, office, { ...common, dialler: false, carrier: { stream: ends.hub, wire: hubWire } }),
  ]);
  return { spoke: atSpoke, hub: atHub, wire: spokeWire() };
}

const LINK_POLICY = { lifetime: 90 * 86_400, delayNotice: 7 * 86_400, step: 20 };

/** Bytes written so far. */
function countWrites(stream: Duplex): () => number {
  let bytes = 0;
  const write = stream.write.bind(stream);
  stream.write = ((chunk: Uint8Array, ...rest: []) => {
    bytes += chunk.length;
    return write(chunk, ...rest);
  }) as typeof stream.write;
  return () => bytes;
}

async function subjects(store: Store, mailbox: string): Promise<string[]> {
  const found = await maildir(join(store.dir, "mailboxes", mailbox, "Maildir"));
  return found.map((message) => message.header("subject") ?? "").sort((a, b) => a.localeCompare(b));
}
