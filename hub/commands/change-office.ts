import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { Cron } from "croner";
import { Maildir } from "node-maildir";
import { hostProblem, officeNameProblem, prefixProblem } from "#hub/directory/names.js";
import type { Office, OfficeChange } from "#hub/directory/offices.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { parseSize } from "#shared/cli/units.js";
import { forgetPeer } from "#shared/link/kept/open-kept.js";
import { REPLICAS, type ReplicaKind } from "#shared/link/names-update.js";
import { isHostPort, newKey } from "#shared/link/token.js";
import { canonicalDomain } from "#shared/mail/address.js";
import type { Hub } from "./open-hub.ts";

/** As given on the command line. */
export interface OfficeOptions {
  readonly limit?: string;
  readonly dial?: string;
  readonly windows?: string;
  readonly zone?: string;
  readonly prefix?: string;
  readonly history?: string;
  readonly replica?: string;
}

/** This word takes a setting away. */
const NONE = "none";

export function queuePath(hub: Hub, office: string): string {
  return join(hub.config.dir, "queue", "office", office);
}

/** The queue first: an office without one would be a promise that the first message breaks. */
export async function addOffice(hub: Hub, name: string, options: { host?: string; limit?: string }): Promise<Office> {
  const { host = `${name}.${hub.config.domain}`, limit } = options;
  const office = { name, host: canonicalDomain(host), key: newKey() };
  const problem = officeNameProblem(name) ?? hostProblem(office.host);
  if (problem !== undefined) throw new Failure(EXIT.badData, `Cannot add the office: ${problem}`);
  const limitBytes = limit === undefined ? {} : { limitBytes: sizeOf(limit) };
  const known = hub.directory.offices.get(name) !== undefined;
  const queue = new Maildir(queuePath(hub, name));
  await queue.create();
  try {
    return hub.directory.transaction(() => hub.directory.offices.add({ ...office, ...limitBytes }));
  } catch (error) {
    if (!known) await removeEmptyQueue(queue.path);
    throw error;
  }
}

export function setOffice(hub: Hub, name: string, options: OfficeOptions): Office {
  return hub.directory.transaction(() => {
    const old = hub.directory.offices.get(name);
    const zone = options.zone ?? old?.zone;
    const office = hub.directory.offices.set(name, changeOf(options, zone === NONE ? undefined : zone));
    if (options.replica !== undefined) hub.directory.replicas.setPolicy(name, replicaOf(options.replica));
    return office;
  });
}

/** Refused while people are posted there or mail waits for it: what is in the queue would never leave it. */
export async function removeOffice(hub: Hub, name: string): Promise<void> {
  const path = queuePath(hub, name);
  if (hub.directory.offices.get(name) !== undefined) {
    const waiting = await waitingIn(path);
    if (waiting > 0) {
      throw new Failure(
        EXIT.tempFail,
        `Cannot remove the office ${name}: ${waiting} messages wait for it; see \`qrelay hub queue ${name}\``,
      );
    }
  }
  hub.directory.transaction(() => hub.directory.offices.remove(name));
  await removeEmptyQueue(path);
  await forgetPeer(hub.config.dir, name);
}

async function waitingIn(path: string): Promise<number> {
  try {
    return (await new Maildir(path).list()).length;
  } catch (error) {
    if (isCode(error, "ENOENT")) return 0;
    throw error;
  }
}

/** Never by force: what has come in meanwhile stays, and `check` finds it. */
async function removeEmptyQueue(path: string): Promise<void> {
  for (const folder of [join(path, "tmp"), join(path, "new"), join(path, "cur"), path]) {
    try {
      await rmdir(folder);
    } catch (error) {
      if (!isCode(error, "ENOENT") && !isCode(error, "ENOTEMPTY")) throw error;
    }
  }
}

function changeOf(options: OfficeOptions, zone: string | undefined): OfficeChange {
  const { limit, dial, windows, prefix, history } = options;
  if (dial !== undefined && dial !== NONE && !isDial(dial)) {
    throw bad(`--dial is "${dial}", wanted tls://HOST:PORT or qmtp://HOST:PORT`);
  }
  if (zone !== undefined && !isZone(zone)) throw bad(`--zone is "${zone}", wanted a name like Asia/Kabul`);
  if (windows !== undefined && windows !== NONE && !isCron(windows, zone)) {
    throw bad(`--windows is "${windows}", wanted a cron expression like "0 7,17 * * *"`);
  }
  const problem = prefix === undefined || prefix === NONE ? undefined : prefixProblem(prefix);
  if (problem !== undefined) throw bad(`--prefix: ${problem}`);
  return {
    ...(limit === undefined ? {} : { limitBytes: limit === NONE ? null : sizeOf(limit) }),
    ...given("dial", dial),
    ...given("windows", windows),
    ...given("zone", options.zone),
    ...given("prefix", prefix),
    ...(history === undefined ? {} : { history: historyOf(history) }),
  };
}

function given(key: string, value: string | undefined): Record<string, string | null> {
  return value === undefined ? {} : { [key]: value === NONE ? null : value };
}

function sizeOf(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes === 0) throw bad(`--limit is "${text}", wanted a size like 20k or 5M`);
  return bytes;
}

function historyOf(text: string): boolean {
  if (text === "on" || text === "off") return text === "on";
  throw bad(`--history is "${text}", wanted on or off`);
}

function replicaOf(text: string): ReplicaKind {
  const kind = REPLICAS.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw bad(`--replica is "${text}", wanted none, names or book`);
}

function isDial(text: string): boolean {
  return /^(tls|qmtp):\/\//.test(text) && isHostPort(text.replace(/^[a-z]+:\/\//, ""));
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    // RangeError: not a time zone that this machine knows.
    return false;
  }
}

function isCron(expression: string, zone: string | undefined): boolean {
  try {
    return new Cron(expression, { paused: true, ...(zone === undefined ? {} : { timezone: zone }) }).nextRun() !== null;
  } catch {
    // croner throws for what is no cron expression.
    return false;
  }
}

function bad(text: string): Failure {
  return new Failure(EXIT.badData, `Cannot set the office: ${text}`);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
