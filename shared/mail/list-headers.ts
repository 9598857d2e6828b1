import { splitAddress } from "./address.ts";

/** A list that a message has come through. */
export interface MailingList {
  /** Where one writes to. */
  readonly address: string;
  /** Who is responsible for it. */
  readonly owner: string;
}

/** Characters of a List-Id: it is made like a host name (RFC 2919 §2). */
const LIST_ID = /^[A-Za-z0-9._+=-]+$/;

/**
 * Header fields by which mail programs know a list, sort its mail and offer to leave it (RFC 2919, RFC 2369 §3.2); in LF. None for a
 * name or an owner that header fields cannot hold.
 */
export function listHeaders({ address, owner }: MailingList): string {
  const { local, domain } = splitAddress(address);
  const to = splitAddress(owner);
  const id = `${local}.${domain}`;
  if (local === "" || !LIST_ID.test(id) || id.length > 255 || !LIST_ID.test(to.domain) || to.local === "") return "";
  const leave = `mailto:${encodeURIComponent(to.local)}@${to.domain}?subject=unsubscribe%20${encodeURIComponent(local)}`;
  return `List-Id: <${id}>\nList-Unsubscribe: <${leave}>\n`;
}
