import { join } from "node:path";
import { joinAddress, splitAddress } from "#shared/mail/address.js";
import { checkLogin, type LoggedIn, type LogInAt } from "#shared/mailbox/check-login.js";
import { loadSpokeConfig } from "./config.ts";
import { openSpokeDirectory } from "./directory/directory.ts";
import type { SpokeNode } from "./node.ts";

/** By full address, as anybody with a mailbox in this office. */
export function logIn(
  { directory, config }: Pick<SpokeNode, "directory" | "config">,
  login: string,
  password: string,
): Promise<LoggedIn | undefined> {
  const { local, domain } = splitAddress(login);
  const ours = domain === config.host || config.domains.includes(domain);
  // In a domain with people of its own the address is the name; a quoted local part that looks like one is not.
  const key = ours ? (local.includes("@") ? undefined : local) : joinAddress(local, domain);
  const person = key === undefined ? undefined : directory.people.get(key);
  return checkLogin(config.dir, person?.suspended === true ? undefined : person, password);
}

/** For a command: opens the office for this one question. */
export const logInAt: LogInAt = async (dir, login, password) => {
  const config = loadSpokeConfig(dir);
  const directory = openSpokeDirectory(join(config.dir, "spoke.db"));
  try {
    return await logIn({ directory, config }, login.includes("@") ? login : `${login}@${config.host}`, password);
  } finally {
    directory.close();
  }
};
