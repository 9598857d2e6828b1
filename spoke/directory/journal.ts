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
  /** Windows of a link that opened at `time` or later: what they used, TLS included. */
  usedSince(link: string, time: number): { readonly ms: number; readonly bytes: number }[];
  /** Forgets windows that closed before `time`; how many. */
  prune(time: number): number;
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
  const usedSince = db.prepare<[string, number], { ms: number; bytes: number }>(
    `SELECT max(0, closed_at - opened_at) AS ms, wire_up + wire_down AS bytes FROM journal
     WHERE link = ? AND opened_at >= ?`,
  );
  const prune = db.prepare<[number]>("DELETE FROM journal WHERE closed_at < ?");
  return {
    add: (record) => void add.run(toRow(record)),
    latest: (limit, link) => latest.all({ link: link ?? null, limit }).map(toRecord),
    usedSince: (link, time) => usedSince.all(link, time),
    prune: (time) => prune.run(time).changes,
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
