import type { Directory } from "#hub/directory/directory.js";
import type { Office } from "#hub/directory/offices.js";
import { officeQueue } from "#hub/router.js";
import { isPlain } from "#hub/routing/places.js";
import { NODE_LOCAL } from "#shared/link/node-address.js";
import { encodePeople, type LeavingMailbox, type ListedPerson, type PeopleList } from "#shared/link/people-update.js";
import { derivedMailId } from "#shared/mail/mail-id.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { type EntryHead, parseEntryName } from "#shared/queue/entry.js";
import type { Queue } from "#shared/queue/queue.js";
import type { Store } from "#shared/queue/store.js";

/**
 * An office's people and their password hashes travel as a message for the node itself, in the office's own queue:
 * a full copy after each change. It is made when the office is on the line, so that only the newest waits.
 */
const FIELD = "people";
/** Versions looked for when an older list is to be taken back; an even older one is harmless, the office ignores it. */
const SUPERSEDED = 1000;

/** A stock qmail office has its own users; a list would be a riddle to it. */
export function isOwnNode(office: Office): boolean {
  return office.prefix === undefined && office.dial?.startsWith("qmtp:") !== true;
}

/** Puts the list into the queue when the office has not confirmed this version. */
export async function queuePeople(directory: Directory, store: Store, name: string, now: number): Promise<void> {
  const office = directory.offices.get(name);
  if (office === undefined || !isOwnNode(office)) return;
  if (office.sentVersion >= office.peopleVersion) return;
  const queue = store.queue(officeQueue(name));
  const people = directory.people.list(name).map(({ name: person, fullName, passwordHash, suspended }) => ({
    name: person,
    suspended,
    ...(fullName === undefined ? {} : { fullName }),
    ...(passwordHash === undefined ? {} : { password: passwordHash }),
    ...instructionsOf(directory, person),
    quota: directory.quotas.of(person),
  }));
  const version = String(office.peopleVersion);
  await takeBack(queue, office, office.peopleVersion - 1);
  if ((await queue.list()).some(isPeopleEntry(office))) return;
  await queue.add(
    {
      id: idOf(office, office.peopleVersion),
      born: Math.floor(now / 1000),
      envelope: { sender: "", recipients: [{ address: `${NODE_LOCAL}@${office.host}`, notify: "NEVER" }] },
      fields: { [FIELD]: version },
    },
    [encodePeople({ version: office.peopleVersion, office: office.name, people, ...movedFrom(directory, name) })],
  );
}

/** Those whose mail the office shall send on: they are posted elsewhere, or have left and somebody is told. */
function movedFrom(
  { departures, people, offices }: Directory,
  office: string,
): Pick<PeopleList, "moved" | "mailboxes"> {
  const moved: string[] = [];
  const mailboxes: LeavingMailbox[] = [];
  for (const { name, mailbox } of departures.transferredFrom(office)) {
    const posted = people.posting(name)?.office;
    const there = posted === undefined || posted === office ? undefined : offices.get(posted);
    if (there === undefined && (posted === office || departures.leaver(name) === undefined)) continue;
    moved.push(name);
    if (!mailbox || there === undefined) continue;
    const limit = there.limitBytes === undefined ? {} : { limit: there.limitBytes };
    mailboxes.push({ name, to: isPlain(name) ? `${name}@${there.host}` : name, ...limit });
  }
  return { moved, mailboxes };
}

/** What she wants done with mail, for colleagues of her own office: it does not come by here. */
function instructionsOf(directory: Directory, person: string): Pick<ListedPerson, "instructions"> {
  const records = directory.instructions.list(person);
  if (records.length === 0) return {};
  return { instructions: Object.fromEntries(records.map(({ extension, text }) => [extension, text])) };
}

/**
 * Takes unsent lists back: they hold password hashes, which plain QMTP would show to the whole way and to a host that
 * has no use for them. The next link session makes the newest list anew.
 */
export async function withdrawPeople(directory: Directory, store: Store, name: string): Promise<void> {
  const office = directory.offices.get(name);
  if (office !== undefined) await takeBack(store.queue(officeQueue(name)), office, office.peopleVersion);
}

/** Removes what waits of the unsent versions up to `last`. */
async function takeBack(queue: Queue, office: Office, last: number): Promise<void> {
  const first = Math.max(office.sentVersion + 1, office.peopleVersion - SUPERSEDED);
  const ids = new Set<string>();
  for (let version = first; version <= last; version += 1) ids.add(idOf(office, version));
  for (const entry of ids.size === 0 ? [] : await queue.list()) {
    if (ids.has(parseEntryName(entry.name)?.id ?? "")) await queue.remove(entry);
  }
}

function idOf(office: Office, version: number): string {
  return derivedMailId("people", office.name, String(version));
}

/** Is this entry the list of an office's people: it goes first, for it decides who the mail behind it is for. */
export function isPeopleEntry(office: Office): (entry: { readonly name: string }) => boolean {
  const id = idOf(office, office.peopleVersion);
  return ({ name }) => parseEntryName(name)?.id === id;
}

/** The office has confirmed a list: it need not be sent again. */
export function notePeopleSent(
  directory: Directory,
  name: string,
  head: EntryHead,
  outcomes: readonly Outcome[],
): void {
  const version = head.fields[FIELD];
  if (version !== undefined && outcomes[0]?.kind === "delivered") directory.offices.sent(name, Number(version));
}
