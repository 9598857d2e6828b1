import { join } from "node:path";
import { joinAddress, splitAddress } from "#shared/mail/address.js";
import { checkLogin, type LoggedIn, type LogInAt } from "#shared/mailbox/check-login.js";
import { loadHubConfig } from "./config.ts";
import { openDirectory } from "./directory/directory.ts";
import type { Person } from "./directory/people.ts";
import type { HubNode } from "./node.ts";
import { isPlain } from "./routing/places.ts";

/** Whom a login means: the full address, in a domain of ours. */
export function accountOf({ directory, config }: LogInContext, login: string): Person | undefined {
  const { local, domain } = splitAddress(login);
  const ours = directory.domains.has(domain) || domain === config.host;
  const key =
    ours && isPlain(local) ? local : directory.domains.hasOwnPeople(domain) ? joinAddress(local, domain) : undefined;
  return key === undefined ? undefined : directory.people.get(key);
}

type LogInContext = Pick<HubNode, "directory" | "config">;

/** To the mailbox of somebody of the hub's own office: the others log in where they are posted. */
export function logIn(context: LogInContext, login: string, password: string): Promise<LoggedIn | undefined> {
  const { config } = context;
  const person = accountOf(context, login);
  const here = person !== undefined && !person.suspended && person.office === config.office;
  return checkLogin(config.dir, here ? person : undefined, password);
}

/** For a command: opens the hub for this one question. */
export const logInAt: LogInAt = async (dir, login, password) => {
  const config = loadHubConfig(dir);
  const directory = openDirectory(join(config.dir, "directory.db"));
  try {
    return await logIn({ directory, config }, login.includes("@") ? login : `${login}@${config.host}`, password);
  } finally {
    directory.close();
  }
};
