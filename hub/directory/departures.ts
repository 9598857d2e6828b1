import { addressKey } from "#shared/mail/address.js";
import type { Db } from "./open.ts";

/** Who has gone from an office, or from the organisation, and what becomes of her mail. Times are ms since 1970. */
export interface Leaver {
  readonly name: string;
  /** Where her mail goes on to. */
  readonly forward?: string;
  /** What her writers are told when it does not. */
  readonly notice?: string;
  readonly leftAt: number;
  /** From then on her name is nobody's. */
  readonly until: number;
}

export interface Departures {
  /** She was posted at `office` lately, and is elsewhere or has left: stale copies of her address there may be under way. */
  transferred(name: string, office: string): boolean;
  noteTransfer(name: string, office: string): void;
  /** Everybody who was posted at an office lately, in order; some may be back. */
  transferredFrom(office: string): Departed[];
  /** Her mailboxes shall follow her from wherever she was posted lately, but for where she is now. Returns those offices. */
  askMailboxes(name: string, now: string): string[];
  /** undefined when her time is over. */
  leaver(name: string): Leaver | undefined;
  leavers(): Leaver[];
  leave(leaver: Omit<Leaver, "leftAt">): Leaver;
  /** Somebody of that name is there again. */
  forget(name: string): void;
}

interface Row {
  name: string;
  forward: string | null;
  notice: string | null;
  left_at: number;
  until: number;
}

export interface Departed {
  readonly name: string;
  /** Her mailbox shall follow her. */
  readonly mailbox: boolean;
}

/** The longest queue life: no copy of an address is older. */
const TRANSFER_MS = 90 * 86_400_000;

export function departuresTable(db: Db, now: () => number): Departures {
  const transferred = db.prepare<[string, string, number], unknown>(
    "SELECT 1 FROM transfers WHERE name = ? AND office = ? AND at > ?",
  );
  const noteTransfer = db.prepare<[string, string, number]>(
    "INSERT INTO transfers (name, office, at) VALUES (?, ?, ?) ON CONFLICT (name, office) DO UPDATE SET at = excluded.at, mailbox = 0",
  );
  const fromOffice = db.prepare<[string, number], { name: string; mailbox: number }>(
    "SELECT name, mailbox FROM transfers WHERE office = ? AND at > ? ORDER BY name",
  );
  const askMailboxes = db
    .prepare<[string, string, number], string>(
      "UPDATE transfers SET mailbox = 1 WHERE name = ? AND office <> ? AND at > ? RETURNING office",
    )
    .pluck();
  const raise = db.prepare<[string]>("UPDATE offices SET people_version = people_version + 1 WHERE name = ?");
  const pruneTransfers = db.prepare<[number]>("DELETE FROM transfers WHERE at <= ?");
  const get = db.prepare<[string, number], Row>("SELECT * FROM leavers WHERE name = ? AND until > ?");
  const list = db.prepare<[number], Row>("SELECT * FROM leavers WHERE until > ? ORDER BY name");
  const leave = db.prepare<[string, string | null, string | null, number, number]>(
    `INSERT INTO leavers (name, forward, notice, left_at, until) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET forward = excluded.forward, notice = excluded.notice,
       left_at = excluded.left_at, until = excluded.until`,
  );
  const pruneLeavers = db.prepare<[number]>("DELETE FROM leavers WHERE until <= ?");
  const forget = db.prepare<[string]>("DELETE FROM leavers WHERE name = ?");
  return {
    transferred: (name, office) => transferred.get(name, office, now() - TRANSFER_MS) !== undefined,
    noteTransfer(name, office) {
      pruneTransfers.run(now() - TRANSFER_MS);
      noteTransfer.run(name, office, now());
    },
    transferredFrom: (office) =>
      fromOffice.all(office, now() - TRANSFER_MS).map(({ name, mailbox }) => ({ name, mailbox: mailbox === 1 })),
    askMailboxes(name, office) {
      const offices = askMailboxes.all(name, office, now() - TRANSFER_MS);
      for (const one of offices) raise.run(one);
      return offices.sort();
    },
    leaver(name) {
      const row = get.get(name, now());
      return row && leaverOf(row);
    },
    leavers: () => list.all(now()).map(leaverOf),
    leave({ name: given, forward, notice, until }) {
      const name = addressKey(given);
      pruneLeavers.run(now());
      leave.run(name, forward ?? null, notice ?? null, now(), until);
      return { name, ...optional(forward, notice), leftAt: now(), until };
    },
    forget: (name) => void forget.run(addressKey(name)),
  };
}

function leaverOf({ name, forward, notice, left_at: leftAt, until }: Row): Leaver {
  return { name, ...optional(forward ?? undefined, notice ?? undefined), leftAt, until };
}

function optional(forward: string | undefined, notice: string | undefined): Pick<Leaver, "forward" | "notice"> {
  return { ...(forward === undefined ? {} : { forward }), ...(notice === undefined ? {} : { notice }) };
}
