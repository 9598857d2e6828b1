/** Reads a qmail tree from the disk; writes nothing, and follows no path that leaves it but the homes it names. */
import { stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { readAccessRules, type Service } from "./access-rule.ts";
import { type Account, ALIAS_USER, type DotQmailFile, possibleUsers } from "./accounts.ts";
import { isMaildirHere } from "./adopt-mail.ts";
import { readAliasText } from "./alias-text.ts";
import { readAliasesCdb } from "./aliases-cdb.ts";
import { readControlList, readControlMap, readControlWord, readHostsCdb } from "./control-files.ts";
import { SETTINGS } from "./control-settings.ts";
import { readDotQmail } from "./dot-qmail.ts";
import type { Plan } from "./draft-plan.ts";
import { noted, type Problem, type Read, type Source, told } from "./lines.ts";
import { type MachineAccount, readPasswd } from "./passwd.ts";
import { filesIn, readSource, readWith } from "./read-source.ts";
import type { QmailTree } from "./tree.ts";
import { type Assignment, readUsersAssign } from "./users-assign.ts";
import { readVirtualDomains, type VirtualDomain } from "./virtual-domains.ts";

export interface TreeOptions {
  /** Alias file instead of the tree's own, text or cdb. */
  readonly aliases?: string;
  readonly rules: readonly { readonly service: Service; readonly file: string }[];
  /** Home folders of accounts that the tree does not tell. */
  readonly homes: ReadonlyMap<string, string>;
  /** The machine's accounts, such as /etc/passwd. */
  readonly passwd?: string;
}

/** Control files with a reader of their own. */
const OWN_READER = new Set(
  "me defaulthost defaultdomain plusdomain locals rcpthosts morercpthosts morercpthosts.cdb virtualdomains smtproutes".split(
    " ",
  ),
);

/** Failure 65 when there is nothing of a qmail tree, or a folder of it cannot be read. */
export async function readTree(dir: string, options: TreeOptions): Promise<QmailTree> {
  const control = await filesIn(join(dir, "control"));
  const virtualDomains = readWith(await source(dir, "control/virtualdomains"), readVirtualDomains);
  const people = await readAssignments(dir, options);
  const accounts = await readAccounts(dir, options.homes, people.assign?.records ?? [], virtualDomains?.records ?? []);
  const aliases = await readAliases(dir, options.aliases);
  const rules = await readRules(dir, options.rules);
  const found = [...control, ...accounts, ...rules.rules];
  if (found.length === 0 && aliases === undefined && people.assign === undefined)
    throw new Failure(
      EXIT.badData,
      `Cannot import ${dir}: it holds no control, users, alias or aliases; wanted a folder like /var/qmail`,
    );
  return {
    ...(await readControl(dir, control)),
    ...given("virtualDomains", virtualDomains),
    ...given("assign", people.assign),
    ...given("aliases", aliases),
    accounts,
    rules: rules.rules,
    told: [...unread(control), ...people.told, ...(await otherUsers(dir)), ...rules.told],
  };
}

async function readControl(dir: string, names: readonly string[]) {
  const list = async (name: string) => readWith(await source(dir, `control/${name}`), readControlList);
  const word = async (name: string) => readWith(await source(dir, `control/${name}`), readControlWord);
  const settings: QmailTree["settings"][number][] = [];
  for (const name of names.filter((one) => SETTINGS.has(one))) {
    const lines = await list(name);
    if (lines !== undefined) settings.push({ name, lines });
  }
  return {
    ...given("me", await word("me")),
    ...given("defaultHost", await word("defaulthost")),
    ...given("defaultDomain", await word("defaultdomain")),
    ...given("plusDomain", await word("plusdomain")),
    ...given("locals", await list("locals")),
    ...given("rcptHosts", await list("rcpthosts")),
    ...given("moreRcptHosts", (await list("morercpthosts")) ?? (await compiledHosts(dir))),
    ...given("smtpRoutes", readWith(await source(dir, "control/smtproutes"), readControlMap)),
    settings,
  };
}

async function compiledHosts(dir: string) {
  return readWith(await source(dir, "control/morercpthosts.cdb"), readHostsCdb);
}

function given<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V });
}

function unread(control: readonly string[]): Problem[] {
  return control
    .filter((name) => !OWN_READER.has(name) && !SETTINGS.has(name))
    .map((name) =>
      told(absent(`control/${name}`), "not read", "set what you need of it in the configuration: see CONFIG.md"),
    );
}

function absent(file: string) {
  return { file, line: 0, text: "" };
}

/** qmail asks users/assign first, then the machine. */
async function readAssignments(
  dir: string,
  { passwd, homes }: TreeOptions,
): Promise<{ assign?: Read<Assignment>; told: Problem[] }> {
  const assign = readWith(await source(dir, "users/assign"), readUsersAssign);
  const machine = passwd === undefined ? undefined : readWith(await mustRead(passwd), readPasswd);
  const problems = [...(assign?.problems ?? []), ...(machine?.problems ?? [])];
  const known = new Set((assign?.records ?? []).filter(({ kind }) => kind === "exact").map(({ local }) => local));
  const living: Assignment[] = [];
  let empty = 0;
  for (const one of machine?.records ?? []) {
    if (known.has(one.local)) continue;
    if (one.user === ALIAS_USER || (await isAtHome(dir, one, homes))) living.push(one);
    else empty += 1;
  }
  const people = living.filter(({ user }) => user !== ALIAS_USER);
  const without = `of its accounts ${empty} own no home folder: qmail gave them no mail either`;
  const said = empty === 0 ? [] : [noted(absent(passwd ?? ""), without, "nothing to do")];
  if (assign === undefined && machine === undefined) return { told: said };
  return { assign: { records: [...(assign?.records ?? []), ...people], problems }, told: said };
}

/** qmail-getpw takes only who owns a home; in a copy owners are lost, and what mail leaves in a home shows it. */
async function isAtHome(dir: string, one: MachineAccount, homes: TreeOptions["homes"]): Promise<boolean> {
  for (const home of candidates(dir, one.user, homes.get(one.user), one.home)) {
    const info = await stat(home).catch(() => undefined);
    if (info?.isDirectory() !== true) continue;
    if (info.uid === one.uid || (await accountAt(dir, one.user, [home])) !== undefined) return true;
  }
  return false;
}

/** qmail-pw2u's own sources, and what qmail-newu makes: users/assign is what they end in. */
async function otherUsers(dir: string): Promise<Problem[]> {
  const names = (await filesIn(join(dir, "users"))).filter((name) => name !== "assign");
  return names.map((name) =>
    name === "cdb"
      ? noted(absent("users/cdb"), "compiled from users/assign", "nothing to do")
      : told(absent(`users/${name}`), "not read", "run qmail-pw2u, which writes what it means into users/assign"),
  );
}

async function readAliases(dir: string, chosen: string | undefined) {
  if (chosen !== undefined) return readWith(await mustRead(chosen), readerOf(chosen));
  for (const name of ["aliases", "aliases.cdb"]) {
    const found = readWith(await source(dir, name), readerOf(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function readerOf(name: string) {
  return name.endsWith(".cdb") ? readAliasesCdb : readAliasText;
}

async function readRules(dir: string, chosen: TreeOptions["rules"]) {
  const rules: QmailTree["rules"][number][] = [];
  const said: Problem[] = [];
  const add = (service: Service, found: Source | Problem | undefined): void => {
    const read = readWith(found, (one) => readAccessRules(one, service));
    if (read !== undefined) rules.push({ service, rules: read });
  };
  for (const name of (await filesIn(join(dir, "etc"))).filter((one) => one.endsWith(".rules"))) {
    const service = name.includes("qmtp") ? "qmtp" : name.includes("smtp") ? "smtp" : undefined;
    if (service !== undefined) add(service, await source(dir, `etc/${name}`));
    else
      said.push(
        told(absent(`etc/${name}`), "rules for another service than SMTP and QMTP", "--rules smtp=FILE if they are"),
      );
  }
  for (const { service, file } of chosen) add(service, await mustRead(file));
  return { rules, told: said };
}

async function readAccounts(
  dir: string,
  homes: TreeOptions["homes"],
  assignments: readonly Assignment[],
  domains: readonly VirtualDomain[],
): Promise<Account[]> {
  const users = new Set([ALIAS_USER, ...domains.flatMap(({ prepend }) => possibleUsers(prepend.toLowerCase()))]);
  for (const { user } of assignments) users.add(user);
  for (const user of homes.keys()) users.add(user);
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

/** The first of the folders in which mail has left something. */
async function accountAt(dir: string, user: string, folders: readonly string[]): Promise<Account | undefined> {
  for (const home of folders) {
    const names = (await filesIn(home)).filter((name) => name === ".qmail" || name.startsWith(".qmail-"));
    const maildir = (await isMaildirHere(join(home, "Maildir"))) ? { maildir: join(home, "Maildir") } : {};
    if (names.length === 0 && maildir.maildir === undefined) continue;
    const files = new Map<string, DotQmailFile>();
    for (const name of names) {
      const file = home.startsWith(join(dir, "/")) ? join(home, name).slice(join(dir, "/").length) : join(home, name);
      const read = readWith(await readSource(join(home, name), file), readDotQmail);
      if (read !== undefined) files.set(name, { file, instructions: read.records, problems: read.problems });
    }
    return { user, home, files, ...maildir };
  }
  return undefined;
}

function source(dir: string, name: string): Promise<Source | Problem | undefined> {
  return readSource(join(dir, name), name);
}

/** A file that the command line names. */
async function mustRead(path: string): Promise<Source | Problem> {
  const found = await readSource(path, path);
  if (found === undefined) throw new Failure(EXIT.badData, `Cannot import ${basename(path)}: ${path} is no file`);
  return found;
}

/** In a copy of a tree, paths from the root mean the copy: the original may still be in use. */
export async function locatedPlan<C>(dir: string, plan: Plan<C>): Promise<Plan<C>> {
  const waiting = plan.waiting.map(async (one) => {
    const copy = join(dir, one.maildir);
    return (await isMaildirHere(copy)) ? { ...one, maildir: copy } : one;
  });
  return { ...plan, waiting: await Promise.all(waiting) };
}
