import type { Database } from "better-sqlite3";

/** One window of a link, from dialling to the end. Times are ms since 1970. */
export interface WindowRecord {
  readonly link: string;
  readonly openedAt: number;
  readonly closedAt: number;
  /** As in the report of `flush`: drained, time, budget, cut, refused or unreachable. */
  readonly ended: string;
  /** `bytes`: size of the messages as stored. */
  readonly sent: { readonly messages: number; readonly bytes: number };
  readonly received: { readonly messages: number; readonly bytes: number };
  /** Bytes on the carrier, TLS included. */
  readonly wire: { readonly up: number; readonly down: number };
}

export interface Journal {
  add(record: WindowRecord): void;
  /** The newest windows first, of one link or of all. */
  latest(limit: number, link?: string): WindowRecord[];
  /**
   * What each window of a link used that opened from `from` on, before `until`; bytes with TLS. A window in which not a
   * byte left had no line, and used nothing.
   */
  used(link: string, from: number, until: number): { readonly ms: number; readonly bytes: number }[];
  /** Keeps the newest so many, by the order in which they were written: the clock may be wrong. How many went. */
  prune(keep: number): number;
}

interface Row {
  link: string;
  openedAt: number;
  closedAt: number;
  ended: string;
  sentMessages: number;
  sentBytes: number;
  receivedMessages: number;
  receivedBytes: number;
  wireUp: number;
  wireDown: number;
}

export function journalTable(db: Pick<Database, "prepare">): Journal {
  const add = db.prepare<[Row]>(
    `INSERT INTO journal (link, opened_at, closed_at, ended, sent_messages, sent_bytes,
       received_messages, received_bytes, wire_up, wire_down)
     VALUES (@link, @openedAt, @closedAt, @ended, @sentMessages, @sentBytes,
       @receivedMessages, @receivedBytes, @wireUp, @wireDown)`,
  );
  const latest = db.prepare<[{ link: string | null; limit: number }], Row>(
    `SELECT link, opened_at AS openedAt, closed_at AS closedAt, ended, sent_messages AS sentMessages,
       sent_bytes AS sentBytes, received_messages AS receivedMessages, received_bytes AS receivedBytes,
       wire_up AS wireUp, wire_down AS wireDown
     FROM journal WHERE @link IS NULL OR link = @link ORDER BY id DESC LIMIT @limit`,
  );
  const used = db.prepare<[string, number, number], { ms: number; bytes: number }>(
    `SELECT max(0, closed_at - opened_at) AS ms, wire_up + wire_down AS bytes FROM journal
     WHERE link = ? AND opened_at >= ? AND opened_at < ? AND wire_up + wire_down > 0`,
  );
  const prune = db.prepare<[number]>("DELETE FROM journal WHERE id <= (SELECT max(id) FROM journal) - ?");
  return {
    add: (record) => void add.run(toRow(record)),
    latest: (limit, link) => latest.all({ link: link ?? null, limit }).map(toRecord),
    used: (link, from, until) => used.all(link, from, until),
    prune: (keep) => prune.run(keep).changes,
  };
}

function toRow({ link, openedAt, closedAt, ended, sent, received, wire }: WindowRecord): Row {
  return {
    link,
    openedAt,
    closedAt,
    ended,
    sentMessages: sent.messages,
    sentBytes: sent.bytes,
    receivedMessages: received.messages,
    receivedBytes: received.bytes,
    wireUp: wire.up,
    wireDown: wire.down,
  };
}

function toRecord(row: Row): WindowRecord {
  return {
    link: row.link,
    openedAt: row.openedAt,
    closedAt: row.closedAt,
    ended: row.ended,
    sent: { messages: row.sentMessages, bytes: row.sentBytes },
    received: { messages: row.receivedMessages, bytes: row.receivedBytes },
    wire: { up: row.wireUp, down: row.wireDown },
  };
}
