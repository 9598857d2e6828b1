import type { Memory } from "#shared/queue/memory.js";
import { openSqlMemory } from "#shared/queue/sql-memory.js";
import { openSqlTrace } from "#shared/queue/sql-trace.js";
import type { TraceBook } from "#shared/queue/trace-record.js";
import { aliasesTable, type OfficeAliases } from "./aliases.ts";
import { type Instructions, instructionsTable } from "./instructions.ts";
import { type Journal, journalTable } from "./journal.ts";
import { type LeavingMailboxes, leavingMailboxesTable } from "./leaving-mailboxes.ts";
import { type Moved, movedTable } from "./moved.ts";
import { type Names, namesTable } from "./names.ts";
import { type OpenOptions, openDatabase } from "./open.ts";
import { type People, peopleTable } from "./people.ts";
import { type Settings, settingsTable } from "./settings.ts";

/** All that the spoke keeps in SQL. Only this folder knows that it is SQL. */
export interface SpokeDirectory {
  readonly people: People;
  readonly aliases: OfficeAliases;
  readonly instructions: Instructions;
  readonly leavingMailboxes: LeavingMailboxes;
  readonly moved: Moved;
  readonly names: Names;
  readonly memory: Memory;
  readonly trace: TraceBook;
  readonly journal: Journal;
  readonly settings: Settings;
  /** All or nothing; durable when it returns. What it throws undoes it. */
  transaction<T>(work: () => T): T;
  /** All look-ups of `work` see the same state: no message sees half of a change. */
  read<T>(work: () => T): T;
  close(): void;
}

export interface SpokeDirectoryOptions extends OpenOptions {
  /** Wall clock in milliseconds, for the ages in the memory. Default: `Date.now`. */
  readonly now?: () => number;
}

/** Recipients that are remembered: 300 letters a day for 90 days or so, 13 MB. */
const MAX_TRACED = 40_000;

/** Opens spoke.db; with `create` makes it. Throws as `openDatabase` does. */
export function openSpokeDirectory(path: string, options: SpokeDirectoryOptions = {}): SpokeDirectory {
  const db = openDatabase(path, options);
  // Made once: the driver builds four functions for each, and every recipient is one.
  const reading = db.transaction((work: () => unknown) => work());
  return {
    people: peopleTable(db),
    aliases: aliasesTable(db),
    instructions: instructionsTable(db),
    leavingMailboxes: leavingMailboxesTable(db),
    moved: movedTable(db),
    names: namesTable(db),
    memory: openSqlMemory(db, options.now),
    trace: openSqlTrace(db, MAX_TRACED),
    journal: journalTable(db),
    settings: settingsTable(db),
    // Immediate: a transaction that reads first and writes later would fail at once, without waiting,
    // when another process wrote in between.
    transaction: (work) => db.transaction(work).immediate() as ReturnType<typeof work>,
    read: <T>(work: () => T) => reading.deferred(work) as T,
    close: () => void db.close(),
  };
}
