import { join } from "node:path";
import { addressKey, splitAddress } from "#shared/mail/address.js";

/**
 * An address never becomes a path (P5): a mailbox's folder is named by the person's name in an encoded form
 * from which nothing can climb or hide.
 */

/** Bytes that stand for themselves. `@` does so only between local part and virtual domain. */
const PLAIN = /[a-z0-9._+=-]/;

/**
 * The folder's name: the local part for the organisation's own domains, `local@domain` for a virtual one;
 * lower case, every other byte percent-encoded. A leading dot is encoded too: `..` must not be a name.
 */
export function mailboxName(local: string, domain = ""): string {
  const name = encoded(addressKey(local));
  if (name === "") throw new RangeError("A mailbox needs a name");
  return domain === "" ? name : `${name}@${encoded(addressKey(domain))}`;
}

/** The same of a person as the directories call her: `holly`, or `info@shop.example` in a domain with people of its own. */
export function mailboxOf(person: string): string {
  const { local, domain } = splitAddress(person);
  return mailboxName(local, domain);
}

/** The Maildir of the mailbox `name`, as `mailboxName` gives it, below the node's folder. */
export function mailboxPath(dir: string, name: string): string {
  return join(dir, "mailboxes", name, "Maildir");
}

function encoded(text: string): string {
  const bytes = [...Buffer.from(text, "utf8")];
  return bytes.map((byte, index) => (isPlain(byte, index) ? String.fromCharCode(byte) : percent(byte))).join("");
}

function isPlain(byte: number, index: number): boolean {
  const character = String.fromCharCode(byte);
  return PLAIN.test(character) && !(index === 0 && character === ".");
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
