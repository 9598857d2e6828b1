import { posix } from "node:path";
import { templateProblem } from "#hub/routing/recipient-template.js";
import { canonicalDomain, splitAddress } from "#shared/mail/address.js";
import { ALIAS_USER, defaultFileOf } from "#shared/qmail/accounts.js";
import { answersOf } from "#shared/qmail/answers.js";
import { type Instruction, maildirOf } from "#shared/qmail/dot-qmail.js";
import { isFastforward } from "#shared/qmail/forward-command.js";
import { bad, noted, type Problem, told } from "#shared/qmail/lines.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { VirtualDomain } from "#shared/qmail/virtual-domains.js";
import type { HubDraft } from "./change.ts";
import type { Ground } from "./ground.ts";
import { looksLikeStar, planOffice, tellOthers } from "./plan-office.ts";
import { goes } from "./planned-routes.ts";

type Found = ReturnType<typeof defaultFileOf>;

/**
 * The articles' star: `herat.example.org:qrelay-herat`, with a Maildir in `~qrelay/.qmail-herat-default`, is an office.
 * A domain of vpopmail's or VMailMgr's has people of its own, who are made by hand: their passwords are not in qmail's files.
 * Other lines do what qmail does: put the prefix before the name and look again, by a route to `PREFIX-{LOCAL}`.
 */
export function planVirtualDomain(line: VirtualDomain, tree: QmailTree, ground: Ground, draft: HubDraft): void {
  const { covers } = line;
  if (line.prepend === "") planRemote(line, ground, draft);
  else if (covers.kind === "host") planHost(line, covers.host, tree, ground, draft);
  else if (covers.kind === "everything") planEverything(line, tree, ground, draft);
  else {
    const problem = placeProblem(line, tree, ground);
    if (problem === undefined) planRewrite(line, tree, ground, draft);
    else draft.tell([problem]);
  }
}

/** As a route's pattern. */
function patternOf({ covers }: VirtualDomain): string {
  switch (covers.kind) {
    case "host":
      return covers.host;
    case "suffix":
      return covers.suffix;
    case "address":
      return covers.address;
    case "everything":
      return "*";
    default:
      return covers satisfies never;
  }
}

/** Article V says that the domain becomes local; qmail sends its mail out, as smtproutes and MX records have it. */
function planRemote(line: VirtualDomain, { routes, placeOf }: Ground, draft: HubDraft): void {
  const { covers } = line;
  if (covers.kind === "everything") {
    draft.carry(line, "all other mail goes out: so it does here");
    return;
  }
  const pattern = patternOf(line);
  const place = covers.kind === "suffix" ? undefined : placeOf(splitAddress(`@${pattern}`).domain);
  if (place !== undefined && place.kind !== "elsewhere") {
    const says = "a blank prefix makes no domain local: its mail went out, but here that domain is ours";
    draft.tell([told(line, says, "take the line out, or the domain")]);
    return;
  }
  const destination = routes.remote(pattern);
  routes.add({ at: line, pattern, destination, accept: false });
  const says = "remote: a blank prefix makes no domain local, whatever article V says";
  draft.carry(line, `${says}; route: mail for ${pattern} goes ${goes({ destination })}`);
}

/** Of `user@HOST` and `.SUFFIX`: what qmail, or this hub, never asks. */
function placeProblem(line: VirtualDomain, tree: QmailTree, { placeOf }: Ground): Problem | undefined {
  if (line.covers.kind !== "address") return undefined;
  const { domain } = splitAddress(line.covers.address);
  const place = placeOf(domain);
  if ((tree.locals?.records ?? []).some(({ text }) => canonicalDomain(text) === domain)) {
    return told(line, `${domain} is in control/locals, so qmail never comes to this line`, "take one of them out");
  }
  return place.kind === "office"
    ? told(
        line,
        `${domain} is the office ${place.office.name}, whose names are its own affair`,
        "`qrelay hub alias set`",
      )
    : undefined;
}

function planHost(line: VirtualDomain, host: string, tree: QmailTree, ground: Ground, draft: HubDraft): void {
  const here = ground.placeOf(host);
  const found = controller(line, tree);
  const instructions = found?.file.instructions ?? [];
  const maildir = maildirOf(instructions);
  if (here.kind === "own" && ground.domains.has(host)) {
    draft.tell([told(line, `${host} is in control/locals, so qmail never comes to this line`, "take one of them out")]);
  } else if (
    found?.exact === true &&
    instructions.some(({ does }) => does.kind === "program" && isFastforward(does.command))
  ) {
    if (here.kind === "elsewhere") {
      ground.domains.add(host);
      draft.carry(line, "one of the organisation's domains: its names are the aliases", { kind: "domain", name: host });
    } else draft.carry(line, "its names are the aliases");
    // Files for one name come before the one that asks fastforward.
    ground.virtualNames.push({ begins: `${line.prepend}-`.toLowerCase(), host });
  } else if (here.kind === "own") {
    const says = `${host} is ours: its mail goes by people and aliases, not to ${line.prepend}`;
    draft.tell([told(line, says, "take the line out")]);
  } else if (here.kind === "virtual") {
    draft.carry(line, `${host} has people of its own: so it has here`);
  } else if (found?.exact === true && instructions.some(isOwnPeople)) {
    ground.used.add(found.file.file);
    ground.ownPeople.add(host);
    ground.virtualNames.push({ begins: `${line.prepend}-`.toLowerCase(), host, only: true });
    draft.carry(line, "a domain with people of its own", { kind: "domain", name: host, ownPeople: true });
    const says = `the people of ${host} stand in files of vpopmail's or VMailMgr's, which are not read`;
    draft.tell([told(line, says, `\`qrelay hub person add NAME@${host} --office OFFICE\` for each`)]);
  } else if (maildir !== undefined) {
    ground.used.add(found?.file.file ?? "");
    planOffice(line, host, posix.resolve(found?.account.home ?? "", maildir), ground, draft);
    tellOthers(instructions, draft);
  } else if (found === undefined && looksLikeStar(line.prepend, host, ground.view.domain)) {
    planOffice(line, host, undefined, ground, draft);
  } else planRewrite(line, tree, ground, draft);
}

/** Everything that no account has falls to the alias account: most likely the account's home is not in this tree. */
function controller({ prepend }: VirtualDomain, tree: QmailTree): Found {
  const nearest = defaultFileOf(prepend, tree.assign?.records ?? [], tree.accounts);
  return nearest?.exact === true || nearest?.account.user !== ALIAS_USER ? nearest : undefined;
}

function answersIn({ accounts, assign }: QmailTree) {
  return accounts.flatMap((account) => answersOf(account, assign?.records ?? []));
}

/** A route to `PREFIX-{LOCAL}`: there the account's files answer, as aliases, instructions and routes. */
function planRewrite(line: VirtualDomain, tree: QmailTree, ground: Ground, draft: HubDraft): void {
  const template = `${prefixOf(line)}{LOCAL}@${ground.view.domain}`;
  const problem = templateProblem(template);
  const lost = problem === undefined ? notAnswered(line, tree) : bad(line, problem, "choose another prefix");
  if (lost !== undefined) {
    draft.tell([lost]);
    return;
  }
  const route = { at: line, pattern: patternOf(line), destination: `to:${template}`, accept: true };
  ground.routes.add(route);
  const what = route.pattern === "*" ? "all other mail, from anybody," : `mail for ${route.pattern}`;
  draft.carry(line, `route: ${what} goes ${goes(route)}`);
}

/** The alias account's own name before a name leads where the name by itself does. */
function prefixOf({ prepend }: VirtualDomain): string {
  const prefix = `${prepend}-`;
  return prefix.toLowerCase().startsWith(`${ALIAS_USER}-`) ? prefix.slice(ALIAS_USER.length + 1) : prefix;
}

/** A route that leads to nobody would refuse mail that somebody may have got. */
function notAnswered(line: VirtualDomain, tree: QmailTree): Problem | undefined {
  const found = controller(line, tree);
  const file = found?.file.file ?? "";
  if (found?.file.instructions.some(isOwnPeople) === true) {
    const cure = "name each host, and it becomes a domain with people of its own";
    return told(line, `a domain with people of its own (${file})`, cure);
  }
  if (found?.exact === true && maildirOf(found.file.instructions) !== undefined) {
    return told(line, `one Maildir for many hosts (${file})`, "name each host, and it becomes an office");
  }
  const begins = prefixOf(line).toLowerCase();
  const named = [
    ...answersIn(tree).map(({ local }) => local),
    ...(tree.aliases?.records ?? []).map(({ name }) => name),
  ];
  if (found !== undefined || named.some((name) => name.startsWith(begins))) return undefined;
  const user = line.prepend.split("-")[0] ?? line.prepend;
  return told(
    line,
    `no dot-qmail file was found for ${line.prepend}-default`,
    `say where it is: --home ${user}=FOLDER`,
  );
}

function isOwnPeople({ does }: Instruction): boolean {
  return does.kind === "program" && OWN_PEOPLE.test(does.command);
}

/** vpopmail's and VMailMgr's delivery: they look up people in files of their own. */
const OWN_PEOPLE = /(^|[\s/])(vdelivermail|vdeliver)(\s|$)/;

/** An office's qmail keeps all that is not its own in one Maildir, for the hub. */
function planEverything(line: VirtualDomain, tree: QmailTree, ground: Ground, draft: HubDraft): void {
  const found = defaultFileOf(line.prepend, tree.assign?.records ?? [], tree.accounts);
  const maildir = maildirOf(found?.file.instructions ?? []);
  if (found === undefined || maildir === undefined) {
    planRewrite(line, tree, ground, draft);
    return;
  }
  ground.used.add(found.file.file);
  draft.carry(line, "an outbound queue: here other mail goes out by routes and MX records");
  const cure = "import it at that office: `qrelay spoke import qmail`";
  draft.tell([noted(line, "a line that an office's qmail has, for all that is not its own", cure)]);
  draft.adopt({ at: line, maildir: posix.resolve(found.account.home, maildir), prefix: `${line.prepend}-` });
}
