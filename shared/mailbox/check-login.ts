import { mailboxOf, mailboxPath } from "./mailbox-path.ts";
import { DUMMY_HASH, verifyPassword } from "./passwords.ts";

/** Who may log in at this node, as its directory has them. */
export interface Account {
  readonly name: string;
  readonly passwordHash?: string | undefined;
}

export interface LoggedIn {
  /** As the directory spells it. */
  readonly name: string;
  readonly maildirPath: string;
}

/** One login at the node in the folder `dir`, whose daemon need not run; a bare name is one of the node's own domain. */
export type LogInAt = (dir: string, login: string, password: string) => Promise<LoggedIn | undefined>;

/**
 * The mailbox of an account whose password this is; undefined otherwise. Without an account it takes as long, so
 * that nobody learns which names exist.
 */
export async function checkLogin(
  dir: string,
  account: Account | undefined,
  password: string,
): Promise<LoggedIn | undefined> {
  const right = await verifyPassword(password, account?.passwordHash ?? DUMMY_HASH);
  if (!right || account === undefined) return undefined;
  return { name: account.name, maildirPath: mailboxPath(dir, mailboxOf(account.name)) };
}
