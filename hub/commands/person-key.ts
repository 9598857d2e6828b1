import { mayManage } from "#hub/directory/may-manage.js";
import { isPlain } from "#hub/routing/places.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { addressKey, canonicalDomain, joinAddress, splitAddress } from "#shared/mail/address.js";
import type { Hub } from "./open-hub.ts";

/**
 * How the directory calls somebody: `holly` or `holly@` one of the organisation's domains is `holly`; who is in a domain with
 * people of its own keeps it. Failure 65 for another domain.
 */
export function personKey(hub: Hub, given: string): string {
  const { local, domain } = splitAddress(given);
  const { domains } = hub.directory;
  if (domains.hasOwnPeople(domain)) return joinAddress(addressKey(local), domain);
  if (domain !== "" && domain !== hub.config.domain && !domains.has(domain))
    throw new Failure(EXIT.badData, `Cannot use "${given}": ${domain} is not one of our domains`);
  if (!isPlain(local)) throw new Failure(EXIT.badData, `Cannot use "${given}": wanted a name, or one address`);
  return addressKey(local);
}

/** Domain and address of somebody, for people and scripts. */
export function addressOf(hub: Hub, key: string): { name: string; domain: string; address: string } {
  const { local: name, domain: own } = splitAddress(key);
  const domain = own === "" ? hub.config.domain : own;
  return { name, domain, address: joinAddress(name, domain) };
}

/** As the table of people has a domain: '' is the organisation, by any of its own. Failure 65 for one that is not ours. */
export function domainOf(hub: Hub, given: string): string {
  const name = canonicalDomain(given);
  const { domains } = hub.directory;
  if (domains.hasOwnPeople(name)) return name;
  if (name === hub.config.domain || domains.has(name)) return "";
  throw new Failure(EXIT.badData, `There is no domain "${given}": see \`qrelay hub domain list\``);
}

/** With whose rights a command acts; absent: the administrator's. */
export interface Acting {
  readonly as?: string;
}

/** The same as `personKey`, if whoever acts may manage that person; else Failure 77. */
export function managedKey(hub: Hub, given: string, { as }: Acting): string {
  const key = personKey(hub, given);
  if (as === undefined || mayManage(hub.directory, personKey(hub, as), key)) return key;
  throw new Failure(
    EXIT.notPermitted,
    `${as} may not manage "${given}": only the owner of a domain with people of its own manages these`,
  );
}
