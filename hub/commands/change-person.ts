import { Maildir } from "node-maildir";
import type { Leaver } from "#hub/directory/departures.js";
import { personNameProblem } from "#hub/directory/names.js";
import type { NewPerson, Person } from "#hub/directory/people.js";
import { routeRecipient } from "#hub/routing/route.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { splitAddress } from "#shared/mail/address.js";
import { storedTarget, targetProblem } from "#shared/mail/target.js";
import { mailboxOf, mailboxPath } from "#shared/mailbox/mailbox-path.js";
import type { Hub } from "./open-hub.ts";
import { addressOf } from "./person-key.ts";

/**
 * Moves the mail that waits for somebody from one office's queue to where she is now; durable when it resolves.
 * Returns how many messages. Asks the running daemon, or does it under its lock.
 */
export type MoveQueued = (hub: Hub, name: string, fromOffice: string, toOffice: string) => Promise<number>;

/** The document of `person show --json`; scripts read it, so its keys stay. */
export interface PersonDocument {
  /** Local part. */
  readonly name: string;
  readonly domain: string;
  readonly office: string;
  /** Absolute path, for people of the hub's own office. */
  readonly maildir?: string;
  readonly suspended: boolean;
  readonly address: string;
  readonly fullName?: string;
  /** There is a password: without one nobody can sign in. */
  readonly password: boolean;
  /** How much mail the mailbox may hold, in bytes; absent: no limit. */
  readonly quota?: number;
}

export function personDocument(hub: Hub, person: Person): PersonDocument {
  const { office, suspended, fullName } = person;
  const { name, domain, address } = addressOf(hub, person.name);
  const quota = hub.directory.quotas.of(person.name);
  return {
    name,
    domain,
    office,
    ...(office === hub.config.office ? { maildir: maildirOf(hub, person.name) } : {}),
    suspended,
    address,
    ...(fullName === undefined ? {} : { fullName }),
    password: person.passwordHash !== undefined,
    ...(quota === undefined ? {} : { quota }),
  };
}

/** The mailbox first: a person without one would be a promise that the first message breaks. */
export async function addPerson(hub: Hub, person: NewPerson): Promise<Person> {
  const problem = personNameProblem(splitAddress(person.name).local, person.name);
  if (problem !== undefined) throw new Failure(EXIT.badData, `Cannot add a person: ${problem}`);
  await makeMailbox(hub, person.name, person.office);
  return hub.directory.transaction(() => hub.directory.people.add(person));
}

export interface Moved {
  readonly person: Person;
  /** Messages that were waiting elsewhere. */
  readonly messages: number;
  /** Aliases that still name her at another office. */
  readonly stale: readonly string[];
}

/**
 * Posts somebody elsewhere, then moves what waits for her. For somebody who is there already only the mail is
 * moved, from wherever it waits: so the command can be given again after a failure in the middle.
 */
export async function movePerson(hub: Hub, name: string, to: string, moveQueued: MoveQueued): Promise<Moved> {
  await makeMailbox(hub, name, to);
  const repeated = hub.directory.people.get(name)?.office === to;
  const from = repeated ? undefined : hub.directory.transaction(() => hub.directory.people.move(name, to)).from;
  return await moveWaiting(hub, name, from, moveQueued);
}

/** The part of a move that comes after the directory: what waits at `from`, or anywhere, follows her. */
export async function moveWaiting(
  hub: Hub,
  name: string,
  from: string | undefined,
  moveQueued: MoveQueued,
): Promise<Moved> {
  const to = known(hub, name).office;
  const offices = hub.directory.offices.list().filter((office) => office.name !== to && !office.own);
  const sources = offices.filter((office) => from === undefined || office.name === from);
  let messages = 0;
  for (const source of sources) messages += await moveOrExplain(hub, name, source.name, to, moveQueued);
  const stale = hub.directory.aliases.naming(offices.map((office) => `${name}@${office.host}`));
  return { person: known(hub, name), messages, stale };
}

/** Refused while aliases name her: they would lead nowhere, and their writers would find out by bounces. */
export function removePerson(hub: Hub, name: string, leaving?: Leaving): Person {
  return hub.directory.transaction(() => {
    const person = known(hub, name);
    const aliases = aliasesTo(hub, person.name);
    if (aliases.length > 0) {
      throw new Failure(
        EXIT.cannotCreate,
        `Cannot remove ${person.name}: these aliases lead there, change them first: ${aliases.join(", ")}`,
      );
    }
    const gone = hub.directory.people.remove(person.name);
    if (leaving !== undefined) {
      leave(hub, person.name, leaving);
      // Her office sends on what is still written to her there.
      hub.directory.departures.noteTransfer(person.name, person.office);
    }
    return gone;
  });
}

/** Of somebody who has left: another word about her mail, or an end to it. */
export function changeLeaver(hub: Hub, name: string, leaving: Leaving | undefined): Leaver | undefined {
  return hub.directory.transaction(() => {
    if (leaving === undefined) hub.directory.departures.forget(name);
    else leave(hub, name, leaving);
    return hub.directory.departures.leaver(name);
  });
}

/** What becomes of somebody's mail after she has gone. */
export interface Leaving {
  readonly forward?: string;
  readonly notice?: string;
  readonly ms: number;
}

function leave({ directory, view }: Hub, name: string, { forward, notice, ms }: Leaving): void {
  const given = forward === undefined ? {} : { forward: storedTarget(forward) };
  const problem = forward === undefined ? undefined : (targetProblem(forward) ?? leadsNowhere(view, forward));
  if (problem !== undefined)
    throw new Failure(EXIT.badData, `Cannot forward the mail of ${name} to ${JSON.stringify(forward)}: ${problem}`);
  directory.departures.leave({ name, ...given, ...(notice === undefined ? {} : { notice }), until: Date.now() + ms });
}

function leadsNowhere(view: DirectoryView, address: string): string | undefined {
  const { destinations, text } = routeRecipient(view, address, { relay: true });
  return destinations.length > 0 ? undefined : text;
}

/** The aliases that would lead nowhere without her. */
export function aliasesTo(hub: Hub, name: string): string[] {
  return hub.directory.aliases.naming(addressesOf(hub, name));
}

export function known(hub: Hub, name: string): Person {
  const person = hub.directory.people.get(name);
  if (person !== undefined) return person;
  throw new Failure(EXIT.badData, `There is no person "${name}": see \`qrelay hub person list\``);
}

export function maildirOf(hub: Hub, name: string): string {
  return new Maildir(mailboxPath(hub.config.dir, mailboxOf(name))).path;
}

/** For people of the hub's own office; the others' mailboxes are at their office. */
export async function makeMailbox(hub: Hub, name: string, office: string): Promise<void> {
  if (office === hub.config.office) await new Maildir(maildirOf(hub, name)).create();
}

async function moveOrExplain(
  hub: Hub,
  name: string,
  from: string,
  to: string,
  moveQueued: MoveQueued,
): Promise<number> {
  try {
    return await moveQueued(hub, name, from, to);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const text = `${name} is posted at ${to} now, but mail that waited at ${from} was not moved: ${why}; give the same command again`;
    throw new Failure(EXIT.tempFail, text, { cause });
  }
}

/** Every spelling by which an alias may name her. */
function addressesOf(hub: Hub, name: string): string[] {
  if (splitAddress(name).domain !== "") return [name];
  const domains = hub.directory.domains.synonyms();
  const hosts = hub.directory.offices.list().map((office) => office.host);
  const all = [
    ...domains,
    ...domains.map((domain) => `mailhub.${domain}`),
    ...hosts,
    "localhost",
    ...hub.view.localNames,
  ];
  return [name, ...all.map((host) => `${name}@${host}`)];
}
