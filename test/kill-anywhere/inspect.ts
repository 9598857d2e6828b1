/** Reads what a site's folders hold once everything has come to rest, and whether files and databases agree. */
import { glob } from "node:fs/promises";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { mailbox, maildir, namesIn, type StoredMessage } from "../support/read-mailbox.ts";
import { type Found, mailIdOf } from "./judge.ts";
import type { Kind, Site } from "./site.ts";

const DATABASE = { hub: "directory.db", spoke: "spoke.db" } as const;

/** Every message in a mailbox or at the Internet, reports told from letters. */
export async function allMail(site: Site): Promise<Found[]> {
  const found: Found[] = [];
  for (const kind of ["hub", "spoke"] as const) {
    for (const name of await namesIn(join(site.folder(kind), "mailboxes"))) {
      for (const message of await mailbox(site.folder(kind), name)) {
        const report = /^multipart\/report/i.test(message.header("Content-Type") ?? "");
        found.push({ place: { at: kind, mailbox: name, report }, message });
      }
    }
  }
  for (const { to, text } of site.sink.messages)
    found.push({ place: { at: "internet", mailbox: "", report: false }, message: sunk(to, text) });
  return found;
}

function sunk(to: readonly string[], text: string): StoredMessage {
  const [, head = text, body = ""] = /^([\s\S]*?)\n\n([\s\S]*)$/.exec(text) ?? [];
  const whole = `X-Sink-To: ${to.join(",")}\n${head}`;
  return {
    path: "the Internet",
    head: whole,
    body,
    header: (name) => new RegExp(`^${name}: *(.*)$`, "im").exec(whole)?.[1],
  };
}

/** Entries that still wait, by queue; the nodes must not be in the middle of a window. */
export async function waiting(site: Site): Promise<string[]> {
  const left: string[] = [];
  for (const kind of ["hub", "spoke"] as const) {
    for await (const folder of glob("queue/{sorting,internet,outbound,office/*}", { cwd: site.folder(kind) })) {
      for (const message of await maildir(join(site.folder(kind), folder))) left.push(`${kind}: ${message.path}`);
    }
  }
  return left;
}

/** What is wrong with the databases, in words. The nodes must have ended. */
export function databaseTrouble(site: Site, found: readonly Found[]): string[] {
  const trouble: string[] = [];
  const versions: unknown[][] = [];
  for (const kind of ["hub", "spoke"] as const) {
    const db = new Sqlite(join(site.folder(kind), DATABASE[kind]));
    const integrity = db.pragma("integrity_check", { simple: true });
    if (integrity !== "ok") trouble.push(`${kind}: integrity_check says ${String(integrity)}`);
    trouble.push(...memoryTrouble(kind, db, found));
    versions.push(kind === "hub" ? versionsAtHub(db) : versionsAtSpoke(db));
    db.close();
  }
  const [counted, held] = versions.map(String);
  if (counted !== held)
    trouble.push(`the hub counts versions ${counted} of people and names as sent, the spoke has ${held}`);
  return trouble;
}

interface Row {
  readonly mail_id: string;
  readonly recipient: string;
  readonly state: string;
}

/** A row says that we took a message for somebody: then it is somewhere. One that came over the link has a row. */
function memoryTrouble(kind: Kind, db: Sqlite.Database, found: readonly Found[]): string[] {
  const rows = db.prepare<[], Row>("SELECT mail_id, recipient, state FROM memory").all();
  const unfinished = rows.filter(({ state }) => state === "accepting");
  const ids = new Set(found.flatMap(({ message }) => idsOf(message)));
  const nowhere = rows.filter(({ state, mail_id }) => state === "accepted" && !ids.has(mail_id));
  const remembered = new Set(rows.filter(({ state }) => state === "accepted").map(({ mail_id }) => mail_id));
  const own = kind === "hub" ? "kabul" : "herat";
  const forgotten = found.filter(
    ({ place, message }) =>
      place.at === kind &&
      new RegExp(`by ${own}\\.example\\.org with QMTPS id ${mailIdOf(message)}`).test(message.head) &&
      !remembered.has(mailIdOf(message)),
  );
  return [
    ...unfinished.map(({ mail_id, recipient }) => `${kind}: ${mail_id} for ${recipient} is left accepting`),
    ...nowhere.map(({ mail_id, recipient }) => `${kind}: ${mail_id} for ${recipient} is remembered and nowhere`),
    ...forgotten.map(({ message }) => `${kind}: not remembered: ${message.path}`),
  ];
}

/** Mail ids of every qrelay node that a message has passed. A message that became a report is in it by its id. */
function idsOf(message: StoredMessage): string[] {
  return [...`${message.head}\n${message.body}`.matchAll(/ with \S+ id ([A-Z2-7]{16})/g)].map(([, id = ""]) => id);
}

function versionsAtHub(db: Sqlite.Database): unknown[] {
  return [
    db.prepare<[], number>("SELECT sent_version FROM offices WHERE name = 'herat'").pluck().get(),
    db.prepare<[], number>("SELECT version FROM replicas WHERE office = 'herat'").pluck().get(),
  ];
}

function versionsAtSpoke(db: Sqlite.Database): unknown[] {
  const setting = db.prepare<[string], string>("SELECT value FROM settings WHERE key = ?").pluck();
  return [setting.get("peopleVersion"), setting.get("namesVersion")];
}
