/** One kill: the step, the death, the life after, and what became of the mail. */
import { glob, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type NodeProcess, qrelay, type StartOptions } from "../support/node-process.ts";
import { namesIn } from "../support/read-mailbox.ts";
import { allMail, databaseTrouble, waiting } from "./inspect.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Kill } from "./kill.ts";
import { Site } from "./site.ts";
import type { Step } from "./steps.ts";
import { ask, restarted, watched, whereKilled } from "./victim.ts";

export interface CaseResult extends Verdict {
  /** Where the victim died; undefined when it lived (a dry run, or the call did not come). */
  readonly killedAt: string | undefined;
  /** The durable calls of a dry run. */
  readonly calls: readonly string[];
  readonly durationMs: number;
}

/** How long everything may take to come to rest after a restart; it takes a fraction of a second. */
const REST_MS = 20_000;
/** A victim that has done nothing durable for this long has finished its step. */
const FINISHED_MS = 60;

export async function runCase(step: Step, kill: Kill, snapshot: string, dir: string): Promise<CaseResult> {
  const site = await Site.copy(snapshot, dir);
  try {
    const strike = step.victim === "flush" ? strikeCommand : step.from === "start" ? strikeStart : strikeAct;
    const { calls, durationMs, killed } = await strike(site, step, kill);
    const killedAt = (await whereKilled(victimDir(site, step))) ?? (killed ? "from outside" : undefined);
    if (kill.kind === "call" && kill.at % 2 === 1) await readAll(site);
    await liveOn(site);
    const left = await comeToRest(site);
    await Promise.all([...site.nodes.values()].map((node) => node.kill()));
    const found = await allMail(site);
    const verdict = judge(site.letters, found);
    const trouble = databaseTrouble(site, found);
    return { ...verdict, wrong: [...verdict.wrong, ...left, ...trouble], killedAt, calls, durationMs };
  } finally {
    await site.close();
    await writeEvidence(site);
  }
}

interface Struck {
  readonly calls: readonly string[];
  readonly durationMs: number;
  readonly killed: boolean;
}

/** Both nodes run, then the victim dies in the middle of `act`. */
async function strikeAct(site: Site, step: Step, kill: Kill): Promise<Struck> {
  const kind = step.victim === "hub" ? "hub" : "spoke";
  const [victim] = await Promise.all([
    site.start(kind, watched(site.folder(kind), kill, "act")),
    site.start(kind === "hub" ? "spoke" : "hub"),
  ]);
  const call = kill.kind === "call" ? kill : { at: 0, mode: "before" as const };
  await ask(victim, { ask: "arm", at: call.at, mode: call.mode });
  const began = performance.now();
  const cut = kill.kind === "moment" ? setTimeout(() => void victim.kill(), kill.ms) : undefined;
  await step.act(site);
  const calls = await finished(victim);
  const durationMs = performance.now() - began - FINISHED_MS;
  clearTimeout(cut);
  return { calls: calls ?? [], durationMs, killed: calls === undefined };
}

/** The victim dies while it starts. */
async function strikeStart(site: Site, step: Step, kill: Kill): Promise<Struck> {
  const kind = step.victim === "hub" ? "hub" : "spoke";
  const began = performance.now();
  let victim: NodeProcess | undefined;
  try {
    victim = await site.start(kind, { ...watched(site.folder(kind), kill, "start"), ...later(kill) });
  } catch (error) {
    // It died before it was ready, as it was told to; anything else is a failure of the start itself.
    if ((await whereKilled(site.folder(kind))) === undefined && kill.kind !== "moment") throw error;
    return { calls: [], durationMs: 0, killed: true };
  }
  const calls = await finished(victim);
  return { calls: calls ?? [], durationMs: performance.now() - began - FINISHED_MS, killed: calls === undefined };
}

/** `spoke flush` as a process of its own. */
async function strikeCommand(site: Site, _step: Step, kill: Kill): Promise<Struck> {
  const hub = await site.start("hub");
  const dir = site.folder("spoke");
  const options = watched(dir, kill, "start");
  const began = performance.now();
  const words = ["spoke", "flush", "--dir", dir, "--connect", `127.0.0.1:${hub.port("link")}`, "--json"];
  const { code } = await qrelay(words, { ...options, ...later(kill) });
  const calls = code === "SIGKILL" ? [] : (JSON.parse(await readFile(`${dir}.counted`, "utf8")) as string[]);
  return { calls, durationMs: performance.now() - began, killed: code === "SIGKILL" };
}

/** A moment of a process's whole life is counted from its start. */
function later(kill: Kill): StartOptions {
  return kill.kind === "moment" ? { killAfterMs: kill.ms } : {};
}

/** What the victim has called when its work is done and it has been quiet for a while; undefined when it has died. */
async function finished(victim: NodeProcess): Promise<readonly string[] | undefined> {
  let quietSince: number | undefined;
  for (;;) {
    const told = await ask(victim, { ask: "count" });
    if (told === undefined) return undefined;
    quietSince = told.quiet && (await isIdle(victim)) ? (quietSince ?? performance.now()) : undefined;
    if (quietSince !== undefined && performance.now() - quietSince > FINISHED_MS) return told.labels;
    await sleep(5);
  }
}

/** Nothing is in the queues that a node empties by itself. */
async function isIdle({ dir }: NodeProcess): Promise<boolean> {
  const own = await Promise.all(["sorting", "internet"].map((queue) => namesIn(join(dir, "queue", queue, "new"))));
  return own.flat().length === 0;
}

/** A mail reader that works while the node is down: what was in `new/` is then found in `cur/`, or not at all. */
async function readAll(site: Site): Promise<void> {
  for (const kind of ["hub", "spoke"] as const) {
    if (site.nodes.has(kind)) continue;
    for await (const path of glob("mailboxes/*/Maildir/new/*", { cwd: site.folder(kind) })) {
      const seen = path.replace(/\/new\/([^/]+)$/, "/cur/$1:2,S");
      await rename(join(site.folder(kind), path), join(site.folder(kind), seen));
    }
  }
}

/** Whoever does not run is started, and clients that were not answered ask again. */
async function liveOn(site: Site): Promise<void> {
  for (const node of [...site.nodes.values()])
    if (node.child.exitCode !== null || node.child.signalCode !== null) await node.ended;
  const absent = (["hub", "spoke"] as const).filter((kind) => !site.nodes.has(kind));
  await Promise.all(absent.map((kind) => site.start(kind, restarted(site.folder(kind)))));
  await site.sendAgain();
}

/** Windows until nothing waits anywhere; what is left when time is up, in words. */
async function comeToRest(site: Site): Promise<string[]> {
  const until = performance.now() + REST_MS;
  for (;;) {
    const report = await site.flush();
    // Twice: an entry that has just left one queue may not have been in the other when that was read.
    const left = [...(await waiting(site)), ...(await waiting(site))];
    if (left.length === 0 && report?.ended === "drained" && report.left.messages === 0) return [];
    if (performance.now() > until)
      return [`not at rest: the last window ended "${report?.ended}"`, ...new Set(left.map((one) => `stuck: ${one}`))];
    await sleep(10);
  }
}

function victimDir(site: Site, { victim }: Step): string {
  return site.folder(victim === "hub" ? "hub" : "spoke");
}

async function writeEvidence(site: Site): Promise<void> {
  await site.save();
  await writeFile(join(site.dir, "nodes.log"), `${site.oldLogs.join("\n")}\n`);
  await writeFile(join(site.dir, "internet.json"), JSON.stringify(site.sink.messages, undefined, 1));
}
