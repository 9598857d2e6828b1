/**
 * Makes an office's folder, whole or not at all. spoke.db is made first, as the claim that a second
 * `join` meets; spoke.toml last, because `run` takes a folder with it for finished. A crash in between
 * leaves a folder without spoke.toml, which `join` refuses by name.
 */
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Maildir, syncDirectory } from "node-maildir";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { mailboxName, mailboxPath } from "#shared/mailbox/mailbox-path.js";
import { SPOKE_FILE } from "#spoke/config.js";
import { openSpokeDirectory } from "#spoke/directory/directory.js";
import { POSTMASTER } from "#spoke/roles.js";

const DATABASE = "spoke.db";

/** What makes a folder a spoke's. */
const OURS = [SPOKE_FILE, DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, "queue", "mailboxes"];

/** The first thing in `dir` that a new office would overwrite or live beside; undefined when there is none. */
export function takenBy(dir: string): string | undefined {
  const there = namesIn(dir);
  const name = [...OURS, "hub.toml"].find((one) => there.includes(one));
  return name === undefined ? undefined : join(dir, name);
}

/** @throws Failure 73 when it cannot; what it made is gone then. */
export async function makeOffice(dir: string, toml: string): Promise<void> {
  const made = makeFolder(dir);
  try {
    await fill(dir, toml);
  } catch (error) {
    if (isTaken(error, dir)) throw cannot(dir, error);
    for (const name of OURS) rmSync(join(dir, name), { recursive: true, force: true });
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    throw cannot(dir, error);
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    // Absent, no folder, or closed to us: making it will say which.
    return [];
  }
}

/** The first folder that had to be made; undefined when `dir` was there. */
function makeFolder(dir: string): string | undefined {
  try {
    const made = mkdirSync(dir, { recursive: true, mode: 0o700 });
    // A folder that the package or the administrator made may be open to others.
    chmodSync(dir, 0o700);
    return made;
  } catch (error) {
    throw cannot(dir, error);
  }
}

async function fill(dir: string, toml: string): Promise<void> {
  openSpokeDirectory(join(dir, DATABASE), { create: true }).close();
  await new Maildir(join(dir, "queue", "sorting")).create();
  await new Maildir(join(dir, "queue", "outbound")).create();
  await new Maildir(mailboxPath(dir, mailboxName(POSTMASTER))).create();
  writeFileSync(join(dir, SPOKE_FILE), toml, { flag: "wx", mode: 0o600, flush: true });
  await syncDirectory(dir);
}

/** Another `join` made spoke.db since we looked: everything here is its work. */
function isTaken(error: unknown, dir: string): boolean {
  const { code, path } = error as NodeJS.ErrnoException;
  return code === "EEXIST" && path === join(dir, DATABASE);
}

function cannot(dir: string, cause: unknown): Failure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Failure(EXIT.cannotCreate, `Cannot make ${dir}: ${reason}`, { cause });
}
