/**
 * The trace in two small tables. History only: deleting them loses no mail. Each note is one transaction.
 * What a link is owed (receipts) stands in the rows themselves, so that it is found without reading the rest.
 */
import type { Database } from "better-sqlite3";
import { addressKey } from "#shared/mail/address.js";
import { type Outcome, oneLine } from "#shared/mail/outcome.js";
import { sqlReceipts } from "./sql-receipts.ts";
import { findTrace } from "./sql-trace-find.ts";
import { isMailbox, type Stay, type TracedMail } from "./trace.ts";
import { DOOR, type TraceBook } from "./trace-record.ts";

export type TraceDb = Pick<Database, "exec" | "prepare" | "transaction">;

/** Run it each time a database is opened. No index for `find`: writing one costs every message, reading all is quick enough. */
const TRACE_SCHEMA = `
CREATE TABLE IF NOT EXISTS trace_mail (
  seq        INTEGER PRIMARY KEY,           -- in order of arrival, whatever the clock says
  mail_id    TEXT NOT NULL,
  message_id TEXT NOT NULL,
  sender     TEXT NOT NULL,                 -- addresses here and below: addressKey
  came_from  TEXT NOT NULL,
  link       TEXT NOT NULL,                 -- the authenticated link, or empty
  at         INTEGER NOT NULL,              -- times here and below: ms since 1970
  UNIQUE (mail_id, link)
) STRICT;
CREATE TABLE IF NOT EXISTS trace_stay (
  id        INTEGER PRIMARY KEY,
  mail      INTEGER NOT NULL,               -- trace_mail.seq
  named     TEXT NOT NULL,
  recipient TEXT NOT NULL,
  place     TEXT NOT NULL,
  since     INTEGER NOT NULL,
  outcome   TEXT NOT NULL CHECK (outcome IN ('waits', 'passed', 'delivered', 'deferred', 'failed', 'several')),
  status    TEXT NOT NULL DEFAULT '',
  text      TEXT NOT NULL DEFAULT '',
  at        INTEGER NOT NULL DEFAULT 0,
  via       TEXT NOT NULL DEFAULT '',
  owed_to   TEXT NOT NULL DEFAULT '',       -- the link that is to be told of the outcome
  told      INTEGER NOT NULL DEFAULT 0,
  heard_at  INTEGER NOT NULL DEFAULT 0,
  reached   TEXT NOT NULL DEFAULT '',
  people    INTEGER NOT NULL DEFAULT 0,
  arrived   INTEGER NOT NULL DEFAULT 0,
  lost      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (mail, recipient, place, named)
) STRICT;
CREATE INDEX IF NOT EXISTS trace_owed ON trace_stay (owed_to, mail) WHERE owed_to <> '';
CREATE INDEX IF NOT EXISTS trace_age ON trace_mail (at);
`;

/** As long as the memory against duplicates: by then no queue holds the message. */
export const TRACE_LIFE_MS = 90 * 86_400_000;

/** 2026-01-01. What is older was written by a clock that had lost its battery: its age is not known, only its order. */
const PLAUSIBLE_MS = 1_767_225_600_000;

/** Text of a refusal kept; a stranger chose its length. */
const MAX_TEXT = 300;
/** RFC 5322 §2.1.1: no line is longer. */
const MAX_MESSAGE_ID = 998;

interface NewStay {
  readonly mail: number;
  readonly named: string;
  readonly recipient: string;
  readonly place: string;
  readonly link: string;
  readonly told: number;
  readonly at: number;
}

/**
 * The trace over an open database; makes its tables when they are absent.
 *
 * @param maxStays recipients and places remembered (about 320 bytes each on disk), after which the oldest mail is forgotten
 */
export function openSqlTrace(db: TraceDb, maxStays: number): TraceBook {
  db.exec(TRACE_SCHEMA);
  const sql = statements(db);
  const settleStay = settling(db);

  const put = (mail: number, link: string, named: string, stay: Stay, told: number, at: number): void => {
    const row: NewStay = { mail, named, recipient: addressKey(stay.recipient), place: stay.place, link, told, at };
    (isMailbox(stay.place) ? sql.arrive : sql.wait).run(row);
  };

  const accepted = (mail: TracedMail): void => {
    const { mailId, at } = mail;
    const { link = "" } = mail.origin;
    const messageId = clean(mail.messageId ?? "", MAX_MESSAGE_ID);
    sql.putMail.run(mailId, messageId, addressKey(clean(mail.sender)), clean(mail.from), link, at);
    const seq = sql.mailOf.get(mailId, link)?.seq;
    if (seq === undefined) throw new Error(`The trace of ${mailId} was not written`);
    for (const { named, stays, refused } of mail.recipients) {
      const key = addressKey(named);
      if (refused !== undefined) sql.refuse.run(seq, key, key, DOOR, at, refused.status, wordsOf(refused), at);
      for (const stay of stays) put(seq, link, key, stay, 0, at);
    }
  };

  const passed: TraceBook["passed"] = ({ mailId, origin, place, moves, mail, at }) => {
    if (mail !== undefined && sql.mailOf.get(mailId, origin.link ?? "") === undefined) {
      const recipients = moves.map(({ recipient }) => ({ named: recipient, stays: [{ recipient, place }] }));
      accepted({ ...mail, mailId, origin, recipients });
    }
    for (const { seq, link } of sql.mailsOf.all(mailId)) {
      for (const { recipient, to } of moves) {
        const key = addressKey(recipient);
        const stays = to.filter((stay) => stay.place !== place || addressKey(stay.recipient) !== key);
        for (const { named, told } of sql.standsFor.all(seq, key, place)) {
          for (const stay of stays) put(seq, link, named, stay, told, at);
        }
        if (to.length > 0 && stays.length === to.length) sql.leave.run(at, seq, key, place);
      }
    }
  };

  const settled: TraceBook["settled"] = ({ mailId, place, via, outcomes, at }) => {
    for (const { seq, link } of sql.mailsOf.all(mailId)) {
      for (const { recipient, outcome } of outcomes) settleStay(seq, link, recipient, place, outcome, via ?? "", at);
    }
  };

  const prune = (now: number): number => {
    // Whole messages, also when the limit falls within one.
    const beyond = sql.nth.get(maxStays)?.mail ?? 0;
    const gone = { beyond, before: now - TRACE_LIFE_MS, since: PLAUSIBLE_MS };
    sql.dropStays.run(gone);
    return sql.dropMails.run(gone).changes;
  };

  return {
    accepted: together(db, accepted),
    passed: together(db, passed),
    settled: together(db, settled),
    prune: together(db, prune),
    find: findTrace(db),
    ...sqlReceipts(db),
  };
}

/** One transaction, made once: the driver builds four functions for each. */
function together<A, R>(db: TraceDb, work: (argument: A) => R): (argument: A) => R {
  const transaction = db.transaction(work);
  return (argument) => transaction.immediate(argument);
}

const STAY = "INSERT INTO trace_stay (mail, named, recipient, place, since, outcome, at, owed_to, told)";
/** Back where it was before (a person who moved twice): it stays there anew. */
const AGAIN = `ON CONFLICT DO UPDATE SET since = excluded.since, outcome = excluded.outcome, at = excluded.at,
  owed_to = excluded.owed_to WHERE trace_stay.outcome = 'passed'`;

interface Gone {
  readonly beyond: number;
  readonly before: number;
  readonly since: number;
}
const GONE = "seq <= @beyond OR (at < @before AND at >= @since)";

function statements(db: TraceDb) {
  return {
    putMail: db.prepare<[string, string, string, string, string, number]>(
      "INSERT INTO trace_mail (mail_id, message_id, sender, came_from, link, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    mailOf: db.prepare<[string, string], { seq: number }>("SELECT seq FROM trace_mail WHERE mail_id = ? AND link = ?"),
    mailsOf: db.prepare<[string], { seq: number; link: string }>("SELECT seq, link FROM trace_mail WHERE mail_id = ?"),
    refuse: db.prepare<[number, string, string, string, number, string, string, number]>(
      `INSERT INTO trace_stay (mail, named, recipient, place, since, outcome, status, text, at)
       VALUES (?, ?, ?, ?, ?, 'failed', ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    wait: db.prepare<[NewStay]>(
      `${STAY} VALUES (@mail, @named, @recipient, @place, @at, 'waits', 0, '', @told) ${AGAIN}`,
    ),
    arrive: db.prepare<[NewStay]>(
      `${STAY} VALUES (@mail, @named, @recipient, @place, @at, 'delivered', @at, @link, @told) ${AGAIN}`,
    ),
    standsFor: db.prepare<[number, string, string], { named: string; told: number }>(
      "SELECT named, told FROM trace_stay WHERE mail = ? AND recipient = ? AND place = ?",
    ),
    leave: db.prepare<[number, number, string, string]>(
      `UPDATE trace_stay SET outcome = 'passed', at = ?, owed_to = ''
       WHERE mail = ? AND recipient = ? AND place = ? AND outcome IN ('waits', 'deferred')`,
    ),
    nth: db.prepare<[number], { mail: number }>("SELECT mail FROM trace_stay ORDER BY mail DESC LIMIT 1 OFFSET ?"),
    dropStays: db.prepare<[Gone]>(`DELETE FROM trace_stay WHERE mail IN (SELECT seq FROM trace_mail WHERE ${GONE})`),
    dropMails: db.prepare<[Gone]>(`DELETE FROM trace_mail WHERE ${GONE}`),
  };
}

/**
 * Notes an outcome; a final one stays. The link is owed every final word, and the first deferral of a recipient who
 * is one person: of a list it is told how many are settled.
 */
function settling(db: TraceDb) {
  const settle = db.prepare<[Record<string, string | number>]>(
    `UPDATE trace_stay SET outcome = @outcome, status = @status, text = @text, via = @via, at = @at,
       owed_to = CASE WHEN @outcome <> 'deferred' THEN @link WHEN told = 0 AND (
         SELECT count(*) FROM trace_stay AS other WHERE other.mail = @mail AND other.named = trace_stay.named
           AND other.outcome <> 'passed' AND other.place <> '') = 1 THEN @link ELSE '' END
     WHERE mail = @mail AND recipient = @recipient AND place = @place AND outcome IN ('waits', 'deferred')`,
  );
  return (mail: number, link: string, recipient: string, place: string, outcome: Outcome, via: string, at: number) => {
    const status = outcome.kind === "delivered" ? "" : outcome.status;
    const words = wordsOf(outcome);
    settle.run({
      mail,
      link,
      recipient: addressKey(recipient),
      place,
      outcome: outcome.kind,
      status,
      text: words,
      via,
      at,
    });
  };
}

/** Whose answer it is belongs to the answer. */
function wordsOf({ text, remote }: Outcome): string {
  return clean(remote === undefined ? text : `${remote}: ${text}`);
}

/** One line that a terminal shows as it stands: a stranger wrote it, and `trace` prints it. */
function clean(text: string, limit = MAX_TEXT): string {
  return oneLine(text, limit)
    .replace(/[\x7f-\x9f\u2028\u2029]/g, "\ufffd")
    .toWellFormed();
}
