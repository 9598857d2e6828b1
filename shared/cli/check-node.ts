import { access, constants, stat, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { formatListen } from "#shared/config/listen.js";
import type { NodeConfig } from "#shared/config/node-config.js";
import { listenTcp } from "#shared/io/tcp-listen.js";
import { type Queue, UnreadableEntryError } from "#shared/queue/queue.js";
import { CLOCK_FLOOR } from "#shared/queue/retry.js";
import { formatSize } from "./units.ts";

/** What `check` finds on any node: each finding says what is wrong and what cures it. */
export interface Finding {
  readonly what: string;
  readonly says: string;
}

/** Opened one by one to find unreadable ones; more would take minutes on a slow disk. */
const MOST_ENTRIES = 10_000;

export async function checkNode(
  config: NodeConfig & { readonly dir: string },
  queues: readonly Queue[],
  daemonRuns: boolean,
): Promise<Finding[]> {
  return [
    ...(await checkFolder(config)),
    ...checkClock(Date.now() / 1000),
    ...(daemonRuns ? [] : await checkPorts(config)),
    ...(await checkFilter(config)),
    ...(await Promise.all(queues.map(checkQueue))).flat(),
  ];
}

async function checkFolder(config: NodeConfig & { readonly dir: string }): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    await access(config.dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    // Whatever the code, the cure is the same.
    findings.push({
      what: "folder",
      says: `${config.dir} cannot be written by this user: run as the node's own user, or chown the folder`,
    });
  }
  const { bavail, bsize, ffree, files } = await statfs(config.dir);
  if (bavail * bsize < config.limits.freeSpace) {
    findings.push({
      what: "disk",
      says: `only ${formatSize(bavail * bsize)} are free, mail is deferred below ${formatSize(config.limits.freeSpace)}: make room, or lower limits.free-space`,
    });
  }
  if (files > 0 && ffree < config.limits.freeInodes) {
    findings.push({
      what: "disk",
      says: `only ${ffree} inodes are free, mail is deferred below ${config.limits.freeInodes}: remove small files`,
    });
  }
  return findings;
}

function checkClock(now: number): Finding[] {
  if (now >= CLOCK_FLOOR) return [];
  return [
    {
      what: "clock",
      says: `the clock shows ${new Date(now * 1000).toISOString()}, which is before this program was made: set it; until then nothing expires`,
    },
  ];
}

/** Only while no daemon runs: its own ports are taken by itself. */
async function checkPorts(config: NodeConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [key, addresses] of Object.entries(config.listen)) {
    for (const at of addresses) {
      try {
        await (await listenTcp(at, (socket) => socket.destroy())).close();
      } catch (error) {
        findings.push({
          what: `${key}.listen`,
          says: `${formatListen(at)}: ${error instanceof Error ? error.message : String(error)}`,
        });
      }
    }
  }
  return findings;
}

/** The system's places, where the filter is looked for when it is named without one. */
const PLACES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Without its filter a node defers all mail. */
async function checkFilter({ filter }: NodeConfig): Promise<Finding[]> {
  const program = filter?.words[0];
  if (program === undefined) return [];
  const paths = program.includes("/") ? [resolve("/", program)] : PLACES.map((place) => join(place, program));
  for (const path of paths) {
    const found = await access(path, constants.X_OK).then(
      () => stat(path),
      () => undefined,
    );
    if (found?.isFile()) return [];
  }
  const says = `${program} is missing or cannot be executed, and all mail is deferred: put it there with mode 755, or take accept.filter away`;
  return [{ what: "accept.filter", says }];
}

async function checkQueue(queue: Queue): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    for (const entry of (await queue.list()).slice(0, MOST_ENTRIES)) {
      try {
        await (await queue.open(entry))?.close();
      } catch (error) {
        if (!(error instanceof UnreadableEntryError)) throw error;
        findings.push({
          what: `queue ${queue.name}`,
          says: `${error.message}: look at the file in ${queue.maildir.path}/${entry.folder}, mend or remove it`,
        });
      }
    }
  } catch (error) {
    findings.push({
      what: `queue ${queue.name}`,
      says: `${queue.maildir.path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
  return findings;
}

export function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Nothing is wrong.\n";
  return `${findings.map(({ what, says }) => `${what}: ${says}`).join("\n")}\n`;
}
