import { Maildir } from "node-maildir";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { addressKey, joinAddress, MAX_LOCAL, splitAddress } from "#shared/mail/address.js";
import { mailboxOf, mailboxPath } from "#shared/mailbox/mailbox-path.js";
import type { Person } from "#spoke/directory/people.js";
import type { Office } from "./open-office.ts";

/** The document of `person show --json`; scripts read it, so its keys stay. */
export interface PersonDocument {
  /** Local part. */
  readonly name: string;
  readonly domain: string;
  readonly office: string;
  /** Absolute path. */
  readonly maildir: string;
  readonly suspended: boolean;
  readonly address: string;
  readonly fullName?: string;
  /** Given by the hub. */
  readonly listed: boolean;
  /** There is a password: without one nobody can sign in. */
  readonly password: boolean;
  /** How much mail the mailbox may hold, in bytes; absent: no limit. */
  readonly quota?: number;
}

export function personDocument({ config }: Office, person: Person): PersonDocument {
  const { local, domain: own } = splitAddress(person.name);
  const domain = own === "" ? (config.domains[0] ?? config.host) : own;
  return {
    name: local,
    domain,
    office: config.office,
    maildir: new Maildir(mailboxPath(config.dir, mailboxOf(person.name))).path,
    suspended: person.suspended,
    // Whom the hub does not know, the organisation's address does not reach.
    address: joinAddress(local, person.listed ? domain : config.host),
    ...(person.fullName === undefined ? {} : { fullName: person.fullName }),
    listed: person.listed,
    password: person.passwordHash !== undefined,
    ...(person.quota === undefined ? {} : { quota: person.quota }),
  };
}

interface NewPerson {
  readonly name: string;
  readonly fullName: string | undefined;
  readonly passwordHash: string | undefined;
}

/** The mailbox first: a person without one would be a promise that the first message breaks. */
export async function addPerson(office: Office, wanted: NewPerson): Promise<PersonDocument> {
  const problem = nameProblem(wanted.name);
  if (problem !== undefined) throw new Failure(EXIT.badData, `Cannot add a person: ${problem}`);
  const name = addressKey(wanted.name);
  assertFree(office, name);
  const now = Date.now();
  const person: Person = {
    name,
    ...(wanted.fullName === undefined ? {} : { fullName: wanted.fullName }),
    ...(wanted.passwordHash === undefined ? {} : { passwordHash: wanted.passwordHash, passwordAt: now }),
    suspended: false,
    listed: false,
    changedAt: now,
  };
  const document = personDocument(office, person);
  await new Maildir(document.maildir).create();
  office.directory.transaction(() => {
    // Looked up again under the lock: the hub's list, or another command, may have brought the name meanwhile.
    assertFree(office, name);
    office.directory.people.put(person);
  });
  return document;
}

/** Of everybody: people cannot wait for the next window to sign in. It goes up with the next window. */
export function changePassword(office: Office, name: string, passwordHash: string): PersonDocument {
  const now = Date.now();
  return change(office, name, (person) => ({ ...person, passwordHash, passwordAt: now, changedAt: now }));
}

export function suspendPerson(office: Office, name: string, suspended: boolean): PersonDocument {
  return change(office, name, (person) => {
    assertOurs(person, suspended ? "suspend" : "let in", "suspend");
    return { ...person, suspended, changedAt: Date.now() };
  });
}

export function removePerson(office: Office, name: string): PersonDocument {
  return office.directory.transaction(() => {
    const person = known(office, name);
    assertOurs(person, "remove", "remove");
    office.directory.people.remove(person.name);
    return personDocument(office, person);
  });
}

function change(office: Office, name: string, to: (person: Person) => Person): PersonDocument {
  return office.directory.transaction(() => {
    const changed = to(known(office, name));
    office.directory.people.put(changed);
    return personDocument(office, changed);
  });
}

/** By name, by an address of the organisation's, or by the address in a domain with people of its own. */
export function known({ directory, config }: Office, given: string): Person {
  const { local, domain } = splitAddress(given);
  const isOurs = domain === config.host || config.domains.includes(domain);
  const person = directory.people.get(isOurs ? local : given);
  if (person === undefined) throw new Failure(EXIT.badData, `Cannot find "${given}": nobody here has that name`);
  return person;
}

function assertFree(office: Office, name: string): void {
  if (office.directory.people.get(name) === undefined) return;
  throw new Failure(
    EXIT.cannotCreate,
    `Cannot add "${name}": there is somebody of that name; see \`qrelay spoke person show ${name}\``,
  );
}

function assertOurs(person: Person, action: string, verb: string): void {
  if (!person.listed) return;
  throw new Failure(
    EXIT.notPermitted,
    `Cannot ${action} "${person.name}": the hub lists this person; use \`qrelay hub person ${verb} ${person.name}\` there`,
  );
}

/** Their mail goes to the postmaster. `postmaster` itself may be added: somebody must be able to read that mailbox. */
const ROLES_WITHOUT_MAILBOX = new Set(["abuse", "root", "mailer-daemon"]);

function nameProblem(name: string): string | undefined {
  const key = addressKey(name);
  if (ROLES_WITHOUT_MAILBOX.has(key)) return `"${name}" is a role whose mail goes to the postmaster`;
  if (Buffer.byteLength(key) > MAX_LOCAL) return `the name is longer than ${MAX_LOCAL} bytes (RFC 5321 §4.5.3.1.1)`;
  // Narrower than what the hub may list: signs that mean something to shells, paths or headers only bring trouble.
  if (/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._+=-]*$/u.test(key) && !/\.\.|\.$/.test(key)) return undefined;
  return `"${name}" is no name: give the part before the @, of letters, digits and . _ + = -, starting with a letter or digit`;
}
