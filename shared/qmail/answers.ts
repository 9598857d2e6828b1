import { type Account, ALIAS_USER, type DotQmailFile } from "./accounts.ts";
import { dotQmailName } from "./dot-qmail.ts";
import type { Assignment } from "./users-assign.ts";

/** A dot-qmail file, and the names in the organisation's domain that it answers for. */
export interface Answer {
  /** Lower case; for a wildcard what the names begin with. */
  readonly local: string;
  /** Every name that begins so and has no file of its own. */
  readonly wildcard: boolean;
  readonly file: DotQmailFile;
}

/**
 * What the files of an account answer for, as qmail-lspawn and qmail-local find them: by the lines of users/assign that
 * name the account, else by its name. The alias account answers for names as they stand. Files that no name leads to
 * are not among them.
 */
export function answersOf(account: Account, assignments: readonly Assignment[]): Answer[] {
  const ways = waysTo(account, assignments);
  const found: Answer[] = [];
  for (const way of ways) {
    for (const [fileName, file] of account.files) {
      const answer = answerOf(way, fileName.replaceAll(":", "."), file);
      // Of two files for one name the first is the more exact one: files are looked at by ever shorter names.
      if (answer !== undefined && !found.some((one) => sameName(one, answer))) found.push(answer);
    }
  }
  return found;
}

/** Local parts that begin so are looked for in files that begin so. */
interface Way {
  readonly exact: boolean;
  readonly local: string;
  /** After `.qmail`. */
  readonly file: string;
}

function waysTo({ user }: Account, assignments: readonly Assignment[]): Way[] {
  const own = assignments
    .filter((one) => one.user === user && one.local !== "")
    .map(({ kind, local, dash, ext }) => ({ exact: kind === "exact", local, file: `${dash}${ext}`.toLowerCase() }));
  if (user === ALIAS_USER) return [...own, { exact: false, local: "", file: "-" }];
  if (own.length > 0) return own;
  const name = user.toLowerCase();
  return [
    { exact: true, local: name, file: "" },
    { exact: false, local: `${name}-`, file: "-" },
  ];
}

function answerOf({ exact, local, file: begins }: Way, fileName: string, file: DotQmailFile): Answer | undefined {
  const rest = fileName.slice(".qmail".length);
  if (exact) return rest === begins ? { local, wildcard: false, file } : undefined;
  if (!rest.startsWith(begins)) return undefined;
  const means = dotQmailName(`.qmail-${rest.slice(begins.length)}`);
  if (means === undefined || (means.name === "" && !means.wildcard)) return undefined;
  const name = means.wildcard && means.name !== "" ? `${means.name}-` : means.name;
  return { local: `${local}${name}`.toLowerCase(), wildcard: means.wildcard, file };
}

function sameName(a: Answer, b: Answer): boolean {
  return a.local === b.local && a.wildcard === b.wildcard;
}
