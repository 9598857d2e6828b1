import type { TraceDb } from "./sql-trace.ts";
import { type News, OTHER_END, type Owed, type SentRecipient, type TraceBook } from "./trace-record.ts";

/** The rows behind receipts: what a link is owed, at the one end; what was told, at the other. */
export function sqlReceipts(
  db: TraceDb,
): Pick<TraceBook, "owed" | "namedBy" | "beginningWith" | "told" | "sentFrom" | "learn"> {
  const named = db.prepare<[string, string], { named: string }>(
    `SELECT DISTINCT named FROM trace_stay JOIN trace_mail ON seq = mail WHERE link = ? AND mail_id = ?`,
  );
  // Characters of mail ids all sort before "~".
  const beginning = db.prepare<[{ prefix: string; link: string | null }], { mailId: string }>(
    `SELECT DISTINCT mail_id AS mailId FROM trace_mail
     WHERE mail_id >= @prefix AND mail_id < @prefix || '~' AND (@link IS NULL OR link = @link)`,
  );
  const told = db.prepare<[number, string]>(
    "UPDATE trace_stay SET owed_to = '', told = 1 WHERE id = ? AND outcome = ? AND owed_to <> ''",
  );
  const sent = db.prepare<[string, string], SentRecipient>(
    `SELECT mail, named, recipient FROM trace_stay JOIN trace_mail ON seq = mail WHERE place = ? AND mail_id = ?`,
  );
  const tell = db.transaction((all: readonly Owed[]) => {
    for (const { stays } of all) for (const { id, outcome } of stays) told.run(id, outcome);
  });
  return {
    owed: owedBy(db),
    namedBy: (link, mailId) => named.all(link, mailId).map((row) => row.named),
    beginningWith: (prefix, link) => beginning.all({ prefix, link: link ?? null }).map(({ mailId }) => mailId),
    told: (all) => tell.immediate(all),
    sentFrom: (place, mailId) => sent.all(place, mailId),
    learn: learning(db),
  };
}

interface OwedRow {
  readonly id: number;
  readonly mail: number;
  readonly mailId: string;
  readonly named: string;
  readonly outcome: "delivered" | "deferred" | "failed";
  readonly at: number;
}

interface LeafRow {
  readonly people: number;
  readonly arrived: number;
  readonly lost: number;
  readonly recipient: string;
  readonly status: string;
  readonly text: string;
}

function owedBy(db: TraceDb): TraceBook["owed"] {
  // The second condition is that of the index, which is not used without it.
  const rows = db.prepare<[string, number], OwedRow>(
    `SELECT id, mail, mail_id AS mailId, named, outcome, trace_stay.at FROM trace_stay JOIN trace_mail ON seq = mail
     WHERE owed_to = ? AND owed_to <> '' ORDER BY mail, named LIMIT ?`,
  );
  // Where a recipient is in the end: whoever passed on or was refused at the door does not count. With one row the
  // bare columns are that row's.
  const leaves = db.prepare<[number, string], LeafRow>(
    `SELECT count(*) AS people, sum(outcome = 'delivered') AS arrived, sum(outcome = 'failed') AS lost,
       max(recipient) AS recipient, max(status) AS status, max(text) AS text
     FROM trace_stay WHERE mail = ? AND named = ? AND outcome <> 'passed' AND place <> ''`,
  );
  const read = db.transaction((link: string, limit: number): Owed[] => {
    const groups = new Map<string, OwedRow[]>();
    for (const row of rows.all(link, limit)) {
      const key = `${row.mail} ${row.named}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
    return [...groups.values()].flatMap((group) => {
      const [first] = group;
      const leaf = first === undefined ? undefined : leaves.get(first.mail, first.named);
      if (first === undefined || leaf === undefined) return [];
      return [{ mailId: first.mailId, named: first.named, stays: group, news: newsOf(first, group, leaf) }];
    });
  });
  return (link, limit) => read.deferred(link, limit);
}

function newsOf(first: OwedRow, group: readonly OwedRow[], leaf: LeafRow): News {
  const at = Math.max(...group.map((row) => row.at));
  if (leaf.people > 1) return { kind: "several", people: leaf.people, arrived: leaf.arrived, lost: leaf.lost, at };
  const { recipient, status, text } = leaf;
  return { kind: first.outcome, status, text, at, reached: recipient === first.named ? "" : recipient };
}

function learning(db: TraceDb): TraceBook["learn"] {
  const put = db.prepare<[Record<string, string | number>]>(
    `INSERT INTO trace_stay (mail, named, recipient, place, since, outcome, status, text, at, heard_at, reached, people, arrived, lost)
     VALUES (@mail, @named, @recipient, @place, @at, @kind, @status, @text, @at, @now, @reached, @people, @arrived, @lost)
     ON CONFLICT DO UPDATE SET outcome = excluded.outcome, status = excluded.status, text = excluded.text,
       at = excluded.at, heard_at = excluded.heard_at, reached = excluded.reached, people = excluded.people,
       arrived = excluded.arrived, lost = excluded.lost
     WHERE trace_stay.outcome = 'deferred' AND excluded.outcome <> 'deferred'
       OR trace_stay.outcome = 'several' AND trace_stay.arrived + trace_stay.lost < excluded.arrived + excluded.lost`,
  );
  return (to, news, now) => {
    const words = news.kind === "several" ? { status: "", text: "", reached: "" } : { people: 0, arrived: 0, lost: 0 };
    return put.run({ ...to, ...words, ...news, place: OTHER_END, now }).changes > 0;
  };
}
