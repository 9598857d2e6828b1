import { addressKey, splitAddress } from "#shared/mail/address.js";
import type { Directory } from "./directory.ts";

/**
 * Whether somebody may manage the person `address`: add, change and remove her. The owner of a domain with people of its own
 * manages these and nothing else; nobody else manages anybody (administrators are not asked by this).
 *
 * @param account a person as `people` names her, who has proved that she is it
 * @param address a person's, who may not be there yet
 */
export function mayManage(
  {
    domains,
    people,
  }: { readonly domains: Pick<Directory["domains"], "get">; readonly people: Pick<Directory["people"], "get"> },
  account: string,
  address: string,
): boolean {
  const { local, domain } = splitAddress(address);
  const found = domain === "" || local === "" ? undefined : domains.get(domain);
  if (found?.ownPeople !== true || found.owner !== addressKey(account)) return false;
  return people.get(account)?.suspended === false;
}
