import { mailboxName, mailboxPath } from "./mailbox-path.ts";
import { DUMMY_HASH, verifyPassword } from "./passwords.ts";

/** Who may log in at this node, as its directory has them. */
export interface Account {
  readonly name: string;
  readonly passwordHash?: string | undefined;
}

/**
 * The mailbox of an account whose password this is; undefined otherwise. Without an account it takes as long, so
 * that nobody learns which names exist.
 */
export async function checkLogin(
  dir: string,
  account: Account | undefined,
  password: string,
): Promise<{ maildirPath: string } | undefined> {
  const right = await verifyPassword(password, account?.passwordHash ?? DUMMY_HASH);
  return right && account !== undefined ? { maildirPath: mailboxPath(dir, mailboxName(account.name)) } : undefined;
}
