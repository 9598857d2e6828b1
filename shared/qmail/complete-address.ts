import { canonicalDomain } from "#shared/mail/address.js";

/** What qmail's control files say about names that are not complete. */
export interface OwnNames {
  readonly defaultHost: string;
  readonly defaultDomain: string;
  readonly plusDomain: string;
}

/**
 * A recipient as newaliases completes it: without @ the default host, with a + at the end of the host the plus domain,
 * without a dot in the host the default domain.
 */
export function completeAddress(address: string, names: OwnNames): string {
  const at = address.lastIndexOf("@");
  const local = at < 0 ? address : address.slice(0, at);
  const host = canonicalDomain(at < 0 ? names.defaultHost : address.slice(at + 1));
  if (host.startsWith("[")) return `${local}@${host}`;
  if (host.endsWith("+")) return `${local}@${host.slice(0, -1)}.${names.plusDomain}`;
  return `${local}@${host.includes(".") || host === "" ? host : `${host}.${names.defaultDomain}`}`;
}
