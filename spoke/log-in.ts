import { join } from "node:path";
import { addressKey, splitAddress } from "#shared/mail/address.js";
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
  const person = ours ? directory.people.get(addressKey(local)) : undefined;
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
