import { addressKey } from "#shared/mail/address.js";
import type { TraceDb } from "./sql-trace.ts";
import type { StayRecord, TraceRecord } from "./trace-record.ts";

/** A list of thousands is not read line by line. */
const MAX_STAYS_SHOWN = 1000;

interface MailRow extends Omit<TraceRecord, "stays"> {
  readonly seq: number;
}

interface StayRow extends Omit<StayRecord, "told"> {
  readonly told: number;
}

/** Looks mail up by mail id, Message-ID or address: whatever of the three the word is. */
export function findTrace(db: TraceDb): (what: string, limit: number) => TraceRecord[] {
  const mails = db.prepare<[Record<string, string | number>], MailRow>(
    `SELECT seq, mail_id AS mailId, message_id AS messageId, sender, came_from AS "from", link, at FROM trace_mail
     WHERE mail_id = @id OR message_id IN (@what, @bracketed) OR sender = @address
       OR seq IN (SELECT mail FROM trace_stay WHERE recipient = @address OR named = @address OR reached = @address)
     ORDER BY seq DESC LIMIT @limit`,
  );
  const stays = db.prepare<[number, number], StayRow>(
    `SELECT named, recipient, place, since, outcome, status, text, at, via, told = 1 AND owed_to = '' AS told, heard_at AS heardAt, reached, people,
       arrived, lost FROM trace_stay WHERE mail = ? ORDER BY heard_at > 0, since, id LIMIT ?`,
  );
  return (what, limit) => {
    const word = what.trim();
    const address = addressKey(word.replace(/^<(.*)>$/s, "$1"));
    // The null sender is nobody's name: every report has it.
    if (address === "") return [];
    return mails
      .all({ id: word.toUpperCase(), what: word, bracketed: `<${word}>`, address, limit })
      .map(({ seq, ...mail }) => ({
        ...mail,
        stays: stays.all(seq, MAX_STAYS_SHOWN).map((stay) => ({ ...stay, told: stay.told === 1 })),
      }));
  };
}
