/**
 * Holds promise P4 between qrelay nodes: a mail id and recipient that were answered once get the same
 * answer again and nothing is delivered twice. Each call is one transaction and is durable when it
 * returns (the database runs with synchronous=FULL). A crash between `accepting` and `accepted`
 * leaves an unfinished row, which the start decides by looking for the tmp file.
 */
import type { Database } from "better-sqlite3";
import { addressKey } from "#shared/mail/address.js";
import type { Answer, Memory } from "./memory.ts";

/** The one table. Run it each time a database is opened: deleting the table loses no mail. */
export const MEMORY_SCHEMA = `
CREATE TABLE IF NOT EXISTS memory (
  mail_id   TEXT NOT NULL,
  recipient TEXT NOT NULL,                 -- addressKey: lower case, NFC
  state     TEXT NOT NULL CHECK (state IN ('accepting', 'accepted', 'refused')),
  text      TEXT NOT NULL DEFAULT '',      -- the answer as given
  tmp_path  TEXT NOT NULL DEFAULT '',      -- while accepting: the file whose absence means that it was renamed
  at        INTEGER NOT NULL,              -- ms since 1970
  PRIMARY KEY (mail_id, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memory_unfinished ON memory (state) WHERE state = 'accepting';
CREATE INDEX IF NOT EXISTS memory_age ON memory (at);
`;

/** As long as the longest queue life: until then a sender may repeat a message. */
export const MEMORY_LIFE_MS = 90 * 86_400_000;

/** 2026-01-01. A row that is older was written by a clock that had lost its battery, not by an old message. */
const PLAUSIBLE_MS = 1_767_225_600_000;

interface Row {
  state: "accepting" | "accepted" | "refused";
  text: string;
}

/** The memory over an open database; makes its table when it is absent. */
export function openSqlMemory(
  db: Pick<Database, "exec" | "prepare" | "transaction">,
  now: () => number = Date.now,
): Memory {
  db.exec(MEMORY_SCHEMA);
  const find = db.prepare<[string, string], Row>("SELECT state, text FROM memory WHERE mail_id = ? AND recipient = ?");
  // What was once accepted stays accepted: the peer may already have dropped its copy.
  const put = db.prepare<[string, string, Row["state"], string, string, number]>(
    `INSERT INTO memory (mail_id, recipient, state, text, tmp_path, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET state = excluded.state, text = excluded.text, tmp_path = excluded.tmp_path, at = excluded.at
     WHERE state <> 'accepted'`,
  );
  const forget = db.prepare<[string, string]>(
    "DELETE FROM memory WHERE mail_id = ? AND recipient = ? AND state = 'accepting'",
  );
  const open = db.prepare<[], { mailId: string; recipient: string; tmpPath: string }>(
    `SELECT mail_id AS mailId, recipient, tmp_path AS tmpPath FROM memory WHERE state = 'accepting' ORDER BY mail_id, recipient`,
  );
  const adopt = db.prepare<[number, number]>("UPDATE memory SET at = ? WHERE at < ?");
  const old = db.prepare<[number]>("DELETE FROM memory WHERE at < ? AND state <> 'accepting'");
  const each = db.transaction((recipients: readonly string[], step: (key: string) => void) => {
    for (const recipient of recipients) step(addressKey(recipient));
  });
  const sweep = db.transaction((at: number): number => {
    if (at >= PLAUSIBLE_MS) adopt.run(at, PLAUSIBLE_MS);
    return old.run(at - MEMORY_LIFE_MS).changes;
  });

  return {
    recall: (mailId, recipients) => {
      const known = new Map<string, Answer>();
      for (const recipient of recipients) {
        const answer = finished(find.get(mailId, addressKey(recipient)));
        if (answer !== undefined) known.set(recipient, answer);
      }
      return known;
    },
    accepting: (mailId, recipients, tmpPath) =>
      each.immediate(recipients, (key) => put.run(mailId, key, "accepting", "", tmpPath, now())),
    accepted: (mailId, recipients, text) =>
      each.immediate(recipients, (key) => put.run(mailId, key, "accepted", text, "", now())),
    undo: (mailId, recipients) => each.immediate(recipients, (key) => forget.run(mailId, key)),
    refused: (mailId, recipient, text) => void put.run(mailId, addressKey(recipient), "refused", text, "", now()),
    unfinished: () => open.all(),
    prune: (at) => sweep.immediate(at),
  };
}

function finished(row: Row | undefined): Answer | undefined {
  if (row === undefined || row.state === "accepting") return undefined;
  return { letter: row.state === "accepted" ? "K" : "D", text: row.text };
}
