import type { Memory } from "#shared/queue/memory.js";
import { openSqlMemory } from "#shared/queue/sql-memory.js";
import { openSqlTrace } from "#shared/queue/sql-trace.js";
import type { TraceBook } from "#shared/queue/trace-record.js";
import { type Aliases, aliasesTable } from "./aliases.ts";
import { type Departures, departuresTable } from "./departures.ts";
import { type Domains, domainsTable } from "./domains.ts";
import { type Instructions, instructionsTable } from "./instructions.ts";
import { type NameList, nameList } from "./name-list.ts";
import { type OfficeNames, officeNamesTable } from "./office-names.ts";
import { type Offices, officesTable } from "./offices.ts";
import { type OpenOptions, openDatabase } from "./open.ts";
import { type People, peopleTable } from "./people.ts";
import { type PolicyTable, policyTable } from "./policies.ts";
import { type Quotas, quotasTable } from "./quotas.ts";
import { type Replicas, replicasTable } from "./replicas.ts";
import { type RouteNames, routeNames } from "./route-names.ts";
import { type Routes, routesTable } from "./routes.ts";
import { type Settings, settingsTable } from "./settings.ts";

/**
 * The central directory. Every look-up reads the database, so that a change made by a command is seen
 * by the running hub with the next question, whole or not at all.
 */
export interface Directory {
  readonly offices: Offices;
  readonly officeNames: OfficeNames;
  readonly people: People;
  readonly aliases: Aliases;
  readonly departures: Departures;
  readonly domains: Domains;
  readonly instructions: Instructions;
  readonly policies: PolicyTable;
  readonly quotas: Quotas;
  readonly routes: Routes;
  readonly routeNames: RouteNames;
  readonly names: NameList;
  readonly replicas: Replicas;
  readonly memory: Memory;
  /** Of mail that came from an office or goes to one. */
  readonly trace: TraceBook;
  readonly settings: Settings;
  /** All changes of `work` or none of them; throwing takes them back. May be nested. */
  transaction<T>(work: () => T): T;
  /** All look-ups of `work` see the same state: nobody is between two offices while one recipient is routed. */
  read<T>(work: () => T): T;
  /**
   * The same value as before means that nothing has changed, by this process or another, and what was decided then
   * still holds. undefined inside a transaction, which may yet be taken back.
   */
  state(): string | undefined;
  close(): void;
}

export interface DirectoryOptions extends OpenOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Recipients of office mail that are remembered: a hundred offices of a hundred letters a day for a month or so, 130 MB. */
const MAX_TRACED = 400_000;

/** Throws `DatabaseUnusable` with what to do when the file is absent, damaged or from a newer release. */
export function openDirectory(path: string, options: DirectoryOptions = {}): Directory {
  const now = options.now ?? Date.now;
  const db = openDatabase(path, options);
  // Made once: the driver builds four functions for each, and every recipient is one.
  const together = db.transaction((work: () => unknown) => work());
  // The first counts what other connections commit, the second what this one changes.
  const theirs = db.prepare<[], number>("PRAGMA data_version").pluck();
  const ours = db.prepare<[], number>("SELECT total_changes()").pluck();
  const departures = departuresTable(db, now);
  return {
    offices: officesTable(db, now),
    officeNames: officeNamesTable(db),
    people: peopleTable(db, now, departures),
    aliases: aliasesTable(db, now),
    departures,
    domains: domainsTable(db, now),
    instructions: instructionsTable(db, now),
    policies: policyTable(db, now),
    quotas: quotasTable(db),
    routes: routesTable(db, now),
    routeNames: routeNames(db),
    names: nameList(db),
    replicas: replicasTable(db),
    memory: openSqlMemory(db, now),
    trace: openSqlTrace(db, MAX_TRACED),
    settings: settingsTable(db),
    transaction: <T>(work: () => T) => together.immediate(work) as T,
    read: <T>(work: () => T) => together.deferred(work) as T,
    state: () => (db.inTransaction ? undefined : `${theirs.get()} ${ours.get()}`),
    close: () => void db.close(),
  };
}
