/**
 * Makes the folder of a hub, or nothing: hub.toml is written last, and without it nothing starts; after a
 * failure everything made here is taken away again.
 */
import { chmod, lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Maildir } from "node-maildir";
import { HUB_FILE, type HubConfig } from "#hub/config.js";
import { openDirectory } from "#hub/directory/directory.js";
import { hostProblem, officeNameProblem } from "#hub/directory/names.js";
import { PROGRAMS } from "#hub/router.js";
import { placeOf } from "#hub/routing/places.js";
import { LAST_RESORT, ROLES } from "#hub/routing/roles.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { newKey } from "#shared/link/token.js";
import { addressKey, splitAddress } from "#shared/mail/address.js";
import { storedTarget, targetProblem } from "#shared/mail/target.js";
import { mailboxName, mailboxPath } from "#shared/mailbox/mailbox-path.js";
import { DIRECTORY_FILE, viewOf } from "./open-hub.ts";

/** Everything that a hub has in its folder from the first day, and that must not be there before. */
const CONTENTS = [
  HUB_FILE,
  DIRECTORY_FILE,
  `${DIRECTORY_FILE}-wal`,
  `${DIRECTORY_FILE}-shm`,
  "queue",
  "mailboxes",
  "partial",
];

export async function makeHub(
  config: HubConfig,
  toml: string,
  postmaster: string | undefined,
): Promise<{ postmaster: string }> {
  const problem = hostProblem(config.domain) ?? officeNameProblem(config.office) ?? hostProblem(config.host);
  if (problem !== undefined) throw new Failure(EXIT.badData, `Cannot make the hub: ${problem}`);
  const target = postmaster === undefined ? undefined : postmasterTarget(postmaster);
  await assertNothingThere(config.dir);
  const made = await makeFolder(config.dir);
  try {
    await fill(config, toml, target);
  } catch (error) {
    await takeAway(config.dir, made);
    throw error instanceof Error && "syscall" in error ? cannotCreate(config.dir, error) : error;
  }
  return { postmaster: target ?? `the mailbox ${LAST_RESORT} here` };
}

async function fill(config: HubConfig, toml: string, target: string | undefined): Promise<void> {
  const { dir } = config;
  for (const queue of ["sorting", "internet", PROGRAMS]) await new Maildir(join(dir, "queue", queue)).create();
  await mkdir(join(dir, "queue", "office"), { mode: 0o700 });
  await mkdir(join(dir, "partial"), { mode: 0o700 });
  // Also with --postmaster: whatever happens to that address, the postmaster's mail has a place to go.
  await new Maildir(mailboxPath(dir, mailboxName(LAST_RESORT))).create();
  fillDirectory(config, target);
  await writeFile(join(dir, HUB_FILE), toml, { flag: "wx", mode: 0o600, flush: true });
}

function fillDirectory(config: HubConfig, target: string | undefined): void {
  const directory = openDirectory(join(config.dir, DIRECTORY_FILE), { create: true });
  try {
    directory.transaction(() => {
      directory.domains.add(config.domain);
      directory.offices.add({ name: config.office, host: config.host, key: newKey(), own: true });
      if (target !== undefined) assertNoRole(viewOf(directory, config), target);
      if (target === undefined) directory.people.add({ name: LAST_RESORT, office: config.office });
      else directory.aliases.put({ name: LAST_RESORT, targets: [target] });
      for (const role of ROLES.filter((name) => name !== LAST_RESORT)) {
        directory.aliases.put({ name: role, targets: [LAST_RESORT] });
      }
    });
  } finally {
    directory.close();
  }
}

/** Somebody who is not in the directory yet may be named: until then the mail goes to the mailbox here. */
function postmasterTarget(given: string): string {
  const problem = targetProblem(given);
  if (problem !== undefined) throw new Failure(EXIT.badData, `Cannot make "${given}" postmaster: ${problem}`);
  return storedTarget(given);
}

/** postmaster → root → postmaster would lead to nobody. */
function assertNoRole(view: DirectoryView, target: string): void {
  const { local, domain } = splitAddress(target);
  if (placeOf(view, domain).kind !== "own" || !ROLES.includes(addressKey(local))) return;
  throw new Failure(EXIT.badData, `Cannot make "${target}" postmaster: it is a role itself, name a person`);
}

async function assertNothingThere(dir: string): Promise<void> {
  for (const name of CONTENTS) {
    if (await exists(join(dir, name))) {
      throw new Failure(
        EXIT.cannotCreate,
        `Cannot make a hub in ${dir}: ${name} is there already; choose another --dir`,
      );
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw cannotCreate(path, error);
  }
}

/** The first folder that had to be made, if any. */
async function makeFolder(dir: string): Promise<string | undefined> {
  try {
    const made = await mkdir(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
    return made;
  } catch (error) {
    throw cannotCreate(dir, error);
  }
}

/** Only what was not there before `init`. */
async function takeAway(dir: string, made: string | undefined): Promise<void> {
  const ours = made === undefined ? CONTENTS.map((name) => join(dir, name)) : [made];
  for (const path of ours) await rm(path, { recursive: true, force: true });
}

function cannotCreate(path: string, cause: unknown): Failure {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new Failure(EXIT.cannotCreate, `Cannot make a hub in ${path}: ${text}`, { cause });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
