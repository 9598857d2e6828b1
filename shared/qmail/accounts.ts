import type { Instruction } from "./dot-qmail.ts";
import type { Problem } from "./lines.ts";
import type { Assignment } from "./users-assign.ts";

/** A home folder and the dot-qmail files in it. */
export interface Account {
  readonly user: string;
  /** Absolute. */
  readonly home: string;
  readonly files: ReadonlyMap<string, DotQmailFile>;
  /** Absolute; where there is a Maildir of that name in the home. */
  readonly maildir?: string;
}

export interface DotQmailFile {
  /** As the administrator knows it. */
  readonly file: string;
  readonly instructions: readonly Instruction[];
  readonly problems: readonly Problem[];
}

/** The account whose files the others fall to. */
export const ALIAS_USER = "alias";

/**
 * The dot-qmail file that answers for every `PREPEND-name` that has none of its own, found as qmail finds it: by
 * users/assign, else the account whose name begins the prepend, else the alias account; in its home the longest
 * file that ends in `default`. It is exact when what `default` stands for is the name alone, without the prepend.
 */
export function defaultFileOf(
  prepend: string,
  assignments: readonly Assignment[],
  accounts: readonly Account[],
): { account: Account; file: DotQmailFile; exact: boolean } | undefined {
  const where = controllerOf(prepend, assignments, accounts);
  if (where === undefined) return undefined;
  for (const [index, name] of defaultNames(where.dash, where.ext).entries()) {
    const file = where.account.files.get(name);
    if (file !== undefined) return { account: where.account, file, exact: index === 0 };
  }
  return undefined;
}

/** The accounts that could control addresses which begin with this; qmail cuts at each hyphen, from the right. */
export function possibleUsers(prepend: string): string[] {
  const parts = prepend.split("-");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("-")).filter((user) => user !== "");
}

function controllerOf(
  prepend: string,
  assignments: readonly Assignment[],
  accounts: readonly Account[],
): { account: Account; dash: string; ext: string } | undefined {
  const local = `${prepend}-`.toLowerCase();
  const assigned = assignments
    // Not "+", the last line that qmail-pw2u writes: trees are found where an account is named beside it.
    .filter((one) => one.kind === "wildcard" && one.local !== "" && local.startsWith(one.local))
    .sort((a, b) => b.local.length - a.local.length)[0];
  const accountOf = (user: string): Account | undefined => accounts.find((one) => one.user === user);
  if (assigned !== undefined) {
    const account = accountOf(assigned.user);
    const ext = assigned.ext + local.slice(assigned.local.length);
    return account === undefined ? undefined : { account, dash: assigned.dash, ext };
  }
  for (const user of possibleUsers(prepend.toLowerCase())) {
    const account = accountOf(user);
    if (account !== undefined) return { account, dash: "-", ext: local.slice(user.length + 1) };
  }
  const alias = accountOf(ALIAS_USER);
  return alias === undefined ? undefined : { account: alias, dash: "-", ext: local };
}

/** `ext` ends with a hyphen, where the name begins. */
function defaultNames(dash: string, ext: string): string[] {
  const parts = ext.replaceAll(".", ":").split("-").slice(0, -1);
  const names = parts.map((_, index) => `${parts.slice(0, parts.length - index).join("-")}-default`);
  return [...names, "default"].map((name) => `.qmail${dash}${name}`);
}
