/**
 * The document in which the hub tells an office who works there. It crosses the link as a directory
 * parcel: always the whole list, because an office has tens of people and a list needs no history.
 * Fields that this version does not know are ignored: the hub is upgraded first.
 */
import { z } from "zod";
import { addressKey, addressProblem, isDomain, MAX_DOMAIN, MAX_LOCAL, splitAddress } from "#shared/mail/address.js";
import { MAX_INSTRUCTIONS } from "#shared/mail/instructions.js";

/** One person of the office, as the hub lists them. */
export interface ListedPerson {
  /** Local part, lower case, NFC; `local@domain` of a domain with people of its own. */
  readonly name: string;
  readonly fullName?: string | undefined;
  /** PHC string; absent when the hub knows no password, and the spoke then keeps its own. */
  readonly password?: string | undefined;
  readonly suspended?: boolean | undefined;
  /** What she wants done with mail, by extension; "" is for her own name. Absent: nothing, it goes to the mailbox. */
  readonly instructions?: Readonly<Record<string, string>> | undefined;
  /** How much mail the mailbox may hold, in bytes; absent: no limit. */
  readonly quota?: number | undefined;
}

/** All people of one office. `version` grows with each change; a spoke never goes back to a smaller one. */
export interface PeopleList {
  readonly version: number;
  readonly office: string;
  readonly people: readonly ListedPerson[];
  /** Who was here until lately and is answered for elsewhere: mail that still comes for them goes on, once. Absent: nobody. */
  readonly moved?: readonly string[] | undefined;
  /** Mailboxes that shall follow their owners. Absent: none. */
  readonly mailboxes?: readonly LeavingMailbox[] | undefined;
}

/** Somebody's old mail, and where it shall go. */
export interface LeavingMailbox {
  readonly name: string;
  /** Her final address at the other office. */
  readonly to: string;
  /** Largest message, in bytes, that is taken there; absent: any. */
  readonly limit?: number | undefined;
}

/** Far above any office; they bound what one update may cost a laptop. */
export const MAX_PEOPLE = 10_000;
export const MAX_PEOPLE_BYTES = 5_000_000;

const MAX_FULL_NAME = 200;
/** argon2id with the longest salt and hash in use is under 200. */
const MAX_HASH = 500;

const NAME = z
  .string()
  .max(MAX_LOCAL + 1 + MAX_DOMAIN)
  .transform(addressKey)
  .refine(isPersonName, "not a name that can have a mailbox");

const PERSON = z.object({
  name: NAME,
  fullName: z.string().max(MAX_FULL_NAME).optional(),
  password: z.string().startsWith("$").max(MAX_HASH).optional(),
  suspended: z.boolean().optional(),
  instructions: z.record(z.string().max(MAX_LOCAL), z.string().max(MAX_INSTRUCTIONS)).optional(),
  quota: z.int().positive().optional(),
});

const MAILBOX = z.object({
  name: NAME,
  to: z.string().refine((to) => to.includes("@") && addressProblem(to) === undefined, "not an address"),
  limit: z.int().positive().optional(),
});

const LIST = z.object({
  qrelay: z.literal("people"),
  version: z.int().nonnegative(),
  office: z.string().min(1).max(MAX_LOCAL),
  people: z.array(PERSON).max(MAX_PEOPLE),
  // A key of their own: versions that know no such people refuse a name with a domain, and with it the whole list.
  ownPeople: z.array(PERSON).max(MAX_PEOPLE).optional(),
  moved: z.array(NAME).max(MAX_PEOPLE).optional(),
  mailboxes: z.array(MAILBOX).max(MAX_PEOPLE).optional(),
});

/** The document for the wire. Defaults are left out: each byte is paid for. */
export function encodePeople(list: PeopleList): Uint8Array {
  const all = list.people.map((person) => ({ ...person, suspended: person.suspended === true ? true : undefined }));
  const people = all.filter(({ name }) => !name.includes("@"));
  const ownPeople = all.filter(({ name }) => name.includes("@"));
  const { version, office, moved = [], mailboxes = [] } = list;
  const more = {
    ...(ownPeople.length === 0 ? {} : { ownPeople }),
    ...(moved.length === 0 ? {} : { moved }),
    ...(mailboxes.length === 0 ? {} : { mailboxes }),
  };
  return Buffer.from(JSON.stringify({ qrelay: "people", version, office, people, ...more }));
}

/** Reads a document from the wire; `problem` says why it cannot be used, and then nothing may change. */
export function parsePeople(bytes: Uint8Array): { list: PeopleList } | { problem: string } {
  if (bytes.length > MAX_PEOPLE_BYTES)
    return { problem: `the list of people is larger than ${MAX_PEOPLE_BYTES} bytes` };
  const parsed = LIST.safeParse(parseJson(bytes));
  if (!parsed.success) return { problem: `the list of people is wrong: ${firstIssue(parsed.error)}` };
  const { version, office, moved, mailboxes } = parsed.data;
  const people = [...parsed.data.people, ...(parsed.data.ownPeople ?? [])];
  const twice = firstRepeated(people.map((person) => person.name));
  if (twice !== undefined) return { problem: `the list of people has "${twice}" twice` };
  const gone = { ...(moved === undefined ? {} : { moved }), ...(mailboxes === undefined ? {} : { mailboxes }) };
  return { list: { version, office, people, ...gone } };
}

/** Whether a name, already in the form of `addressKey`, can be a person's: a local part, or one and a domain. */
export function isPersonName(name: string): boolean {
  const { local, domain } = splitAddress(name);
  if (name.includes("@") && !(domain.includes(".") && isDomain(domain))) return false;
  return (
    local !== "" && !/[\s@]/.test(local) && Buffer.byteLength(local) <= MAX_LOCAL && addressProblem(name) === undefined
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Neither UTF-8 nor JSON: the schema then says that no document was found.
    return undefined;
  }
}

function firstRepeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? "unreadable" : `${issue.path.join(".") || "document"}: ${issue.message}`;
}
