/** Reads a qmail tree from the disk; writes nothing, and follows no path that leaves it but the homes it names. */
import { open, readdir } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { readAccessRules, type Service } from "#shared/qmail/access-rule.js";
import { type Account, ALIAS_USER, type DotQmailFile, possibleUsers } from "#shared/qmail/accounts.js";
import { readAliasText } from "#shared/qmail/alias-text.js";
import { readAliasesCdb } from "#shared/qmail/aliases-cdb.js";
import { readControlList, readControlWord } from "#shared/qmail/control-files.js";
import { readDotQmail } from "#shared/qmail/dot-qmail.js";
import { bad, type Read, type Source } from "#shared/qmail/lines.js";
import { type Assignment, readUsersAssign } from "#shared/qmail/users-assign.js";
import { readVirtualDomains, type VirtualDomain } from "#shared/qmail/virtual-domains.js";
import type { QmailTree } from "./plan.ts";
import { readSmtpRoutes } from "./smtp-routes.ts";

export interface TreeOptions {
  /** Alias file instead of the tree's own, text or cdb. */
  readonly aliases?: string;
  readonly rules: readonly { readonly service: Service; readonly file: string }[];
  /** Home folders of accounts that the tree does not tell. */
  readonly homes: ReadonlyMap<string, string>;
}

/** The alias files of the largest organisation are a tenth of this. */
const MAX_FILE = 20_000_000;

/** Control files that become something. What else is there is told. */
const READ_CONTROL = new Set(
  "me defaulthost defaultdomain plusdomain locals rcpthosts morercpthosts morercpthosts.cdb virtualdomains smtproutes".split(
    " ",
  ),
);

/** Failure 65 when there is nothing of a qmail tree, or a file cannot be read. */
export async function readTree(dir: string, options: TreeOptions): Promise<QmailTree> {
  const control = await filesIn(join(dir, "control"));
  const assign = present(await source(dir, "users/assign"), readUsersAssign);
  const virtualDomains = present(await source(dir, "control/virtualdomains"), readVirtualDomains);
  const aliases = await readAliases(dir, options.aliases);
  const accounts = await readAccounts(dir, options.homes, assign?.records ?? [], virtualDomains?.records ?? []);
  const rules = await readRules(dir, options.rules);
  if (control.length === 0 && accounts.length === 0 && rules.length === 0 && (aliases ?? assign) === undefined)
    throw new Failure(
      EXIT.badData,
      `Cannot import ${dir}: it holds no control, users, alias or aliases; wanted a folder like /var/qmail`,
    );
  const list = async (name: string) => present(await source(dir, `control/${name}`), readControlList);
  const word = async (name: string) => present(await source(dir, `control/${name}`), readControlWord);
  return {
    ...given("me", await word("me")),
    ...given("defaultHost", await word("defaulthost")),
    ...given("defaultDomain", await word("defaultdomain")),
    ...given("plusDomain", await word("plusdomain")),
    ...given("locals", await list("locals")),
    ...given("rcptHosts", await list("rcpthosts")),
    ...given("moreRcptHosts", await list("morercpthosts")),
    ...given("virtualDomains", virtualDomains),
    ...given("smtpRoutes", present(await source(dir, "control/smtproutes"), readSmtpRoutes)),
    ...given("assign", assign),
    ...given("aliases", aliases),
    accounts,
    rules,
    unread: control.filter((name) => !READ_CONTROL.has(name)).map((name) => `control/${name}`),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V });
}

/** What a reader makes of a file; a file that is too large is a problem of its first line. */
function present<T>(found: Source | undefined, read: (source: Source) => Read<T>): Read<T> | undefined {
  if (found === undefined) return undefined;
  if (found.bytes.length <= MAX_FILE) return read(found);
  const says = `the file is larger than ${MAX_FILE} bytes`;
  return { records: [], problems: [bad({ file: found.file, line: 1, text: "" }, says, "is it the right one?")] };
}

async function readAliases(dir: string, chosen: string | undefined) {
  if (chosen !== undefined) return present(await mustRead(chosen), readerOf(chosen));
  for (const name of ["aliases", "aliases.cdb"]) {
    const found = present(await source(dir, name), readerOf(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function readerOf(name: string) {
  return name.endsWith(".cdb") ? readAliasesCdb : readAliasText;
}

async function readRules(dir: string, chosen: TreeOptions["rules"]): Promise<QmailTree["rules"]> {
  const rules: { service: Service; rules: ReturnType<typeof readAccessRules> }[] = [];
  const add = (service: Service, found: Source | undefined): void => {
    const read = present(found, (one) => readAccessRules(one, service));
    if (read !== undefined) rules.push({ service, rules: read });
  };
  for (const name of (await filesIn(join(dir, "etc"))).filter((one) => one.endsWith(".rules"))) {
    const service = name.includes("qmtp") ? "qmtp" : name.includes("smtp") ? "smtp" : undefined;
    if (service !== undefined) add(service, await source(dir, `etc/${name}`));
  }
  for (const { service, file } of chosen) add(service, await mustRead(file));
  return rules;
}

async function readAccounts(
  dir: string,
  homes: TreeOptions["homes"],
  assignments: readonly Assignment[],
  domains: readonly VirtualDomain[],
): Promise<Account[]> {
  const users = new Set([ALIAS_USER, ...domains.flatMap(({ prepend }) => possibleUsers(prepend.toLowerCase()))]);
  for (const one of assignments) if (one.kind === "wildcard" || one.dash === "") users.add(one.user);
  const accounts: Account[] = [];
  for (const user of users) {
    const assigned = assignments.find((one) => one.user === user)?.home;
    const account = await accountAt(dir, user, candidates(dir, user, homes.get(user), assigned));
    if (account !== undefined) accounts.push(account);
  }
  return accounts;
}

/** A copied tree may hold the homes under their own paths; on the machine itself they are where users/assign says. */
function candidates(dir: string, user: string, chosen: string | undefined, assigned: string | undefined): string[] {
  if (chosen !== undefined) return [chosen];
  // A user's name is a name of the tree; with a slash or dots in it, it is none and leads nowhere.
  const named = /^[a-z0-9_][a-z0-9_.-]*$/i.test(user) ? [join(dir, user), join(dir, "home", user)] : [];
  const said = assigned !== undefined && isAbsolute(assigned) ? [join(dir, assigned), assigned] : [];
  return [...said, ...named];
}

async function accountAt(dir: string, user: string, folders: readonly string[]): Promise<Account | undefined> {
  for (const home of folders) {
    const names = (await filesIn(home)).filter((name) => name === ".qmail" || name.startsWith(".qmail-"));
    if (names.length === 0) continue;
    const files = new Map<string, DotQmailFile>();
    for (const name of names) {
      const file = home.startsWith(join(dir, "/")) ? join(home, name).slice(join(dir, "/").length) : join(home, name);
      const read = present(await read1(join(home, name), file), readDotQmail);
      if (read !== undefined) files.set(name, { file, instructions: read.records, problems: read.problems });
    }
    return { user, home, files };
  }
  return undefined;
}

function source(dir: string, name: string): Promise<Source | undefined> {
  return read1(join(dir, name), name);
}

async function mustRead(path: string): Promise<Source> {
  const found = await read1(path, path);
  if (found === undefined) throw new Failure(EXIT.badData, `Cannot import ${basename(path)}: ${path} is no file`);
  return found;
}

/** undefined for what is absent or no plain file: a FIFO in somebody's home must not hold the import for ever. */
async function read1(path: string, file: string): Promise<Source | undefined> {
  try {
    const handle = await open(path, "r");
    try {
      const info = await handle.stat();
      if (!info.isFile()) return undefined;
      // One byte more than is taken shows that the file is too large, without reading all of it.
      const bytes = Buffer.alloc(Math.min(info.size, MAX_FILE + 1));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      return { file, bytes: bytes.subarray(0, bytesRead) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw unreadable(path, error);
  }
}

async function filesIn(path: string): Promise<string[]> {
  try {
    const found = await readdir(path, { withFileTypes: true });
    return found
      .filter((one) => one.isFile() || one.isSymbolicLink())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw unreadable(path, error);
  }
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}

function unreadable(path: string, cause: unknown): Failure {
  return new Failure(EXIT.badData, `Cannot import ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
