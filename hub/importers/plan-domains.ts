import { hostProblem } from "#hub/directory/names.js";
import { canonicalDomain, isDomain } from "#shared/mail/address.js";
import { ALIAS_USER } from "#shared/qmail/accounts.js";
import { bad, type Line, noted, told } from "#shared/qmail/lines.js";
import type { PlanDraft } from "./draft-plan.ts";
import type { Ground, QmailTree } from "./plan.ts";
import { planVirtualDomain } from "./plan-virtual-domain.ts";

/** The organisation's domains, its offices, and where other mail goes: all that decides by a host name. */
export function planDomains(tree: QmailTree, ground: Ground, draft: PlanDraft): void {
  draft.tell(tree.me?.problems ?? []);
  draft.tell(tree.locals?.problems ?? []);
  for (const line of tree.locals?.records ?? []) planLocal(line, ground, draft);
  for (const line of tree.me?.records ?? []) planMe(line, tree, ground, draft);
  draft.tell(tree.virtualDomains?.problems ?? []);
  for (const line of tree.virtualDomains?.records ?? []) planVirtualDomain(line, tree, ground, draft);
  tellUnused(tree, ground, draft);
  for (const hosts of [tree.rcptHosts, tree.moreRcptHosts]) {
    draft.tell(hosts?.problems ?? []);
    for (const line of hosts?.records ?? []) planRcptHost(line, ground, draft);
  }
  planRoutes(tree, ground, draft);
}

/** Addresses of a virtual domain that have a dot-qmail file of their own; those of the alias account are aliases. */
function tellUnused({ accounts }: QmailTree, ground: Ground, draft: PlanDraft): void {
  for (const { user, files } of accounts) {
    if (user === ALIAS_USER) continue;
    for (const { file, instructions, problems } of files.values()) {
      draft.tell(problems);
      if (ground.used.has(file)) continue;
      const says = `it is in the home of ${user}, and no virtual domain leads there as a whole`;
      draft.tell(instructions.map((one) => told(one, says, "`qrelay hub alias set NAME TARGET` if it is wanted")));
    }
  }
}

function planLocal(line: Line, ground: Ground, draft: PlanDraft): void {
  const domain = canonicalDomain(line.text);
  if (!isDomain(domain)) {
    draft.tell([bad(line, `"${domain}" is no domain`, "write one domain a line")]);
    return;
  }
  const found = ground.placeOf(domain);
  if (found.kind === "own") draft.carry(line, found.says);
  else if (found.kind === "office") {
    draft.tell([told(line, `the host of the office ${found.office.name}, whose mail goes there`, "take the line out")]);
  } else if (hostProblem(domain) !== undefined) {
    draft.tell([told(line, "no full domain name: only this machine itself uses it", "nothing to do")]);
  } else {
    ground.domains.add(domain);
    draft.carry(line, `one of the organisation's domains`, { kind: "domain", name: domain });
  }
}

/** Without locals, qmail takes its own name as the only one; beside them the name says only who it is. */
function planMe(line: Line, tree: QmailTree, ground: Ground, draft: PlanDraft): void {
  const found = isDomain(line.text) ? ground.placeOf(canonicalDomain(line.text)) : undefined;
  if (tree.locals === undefined || found?.kind === "own" || found === undefined) planLocal(line, ground, draft);
  else {
    const cure = "`qrelay hub domain add` if people write to that name";
    draft.tell([noted(line, `the old machine's name: this hub is ${ground.view.hubHost}`, cure)]);
  }
}

function planRcptHost(line: Line, ground: Ground, draft: PlanDraft): void {
  const domain = canonicalDomain(line.text);
  if (!isDomain(domain.replace(/^\./, ""))) {
    draft.tell([bad(line, `"${domain}" is no domain`, "write a domain, or .SUFFIX for all below it")]);
    return;
  }
  if (domain.startsWith(".") && ground.placeOf(domain.slice(1)).kind === "own") {
    draft.tell([
      noted(line, "of the hosts below it, those of offices are taken", "add the others with `qrelay hub domain add`"),
    ]);
    return;
  }
  const found = domain.startsWith(".") ? undefined : ground.placeOf(domain);
  if (found?.kind === "own") draft.carry(line, `mail for it is taken: ${found.says}`);
  else if (found?.kind === "office") draft.carry(line, `mail for it is taken: the office ${found.office.name}`);
  else ground.accepted.set(domain, line);
}

function planRoutes(tree: QmailTree, ground: Ground, draft: PlanDraft): void {
  draft.tell(tree.smtpRoutes?.problems ?? []);
  for (const route of tree.smtpRoutes?.records ?? []) {
    const { pattern, destination } = route;
    const found = /^[.*]/.test(pattern) ? undefined : ground.placeOf(pattern);
    if (found !== undefined && found.kind !== "elsewhere") {
      const whose = found.kind === "own" ? "one of our own names" : `the host of the office ${found.office.name}`;
      draft.tell([told(route, `a route for ${whose}, which never goes out by SMTP`, "take the line out")]);
    } else {
      const what = pattern === "*" ? "all other mail" : `mail for ${pattern}`;
      const goes = destination === "mx" ? "where its MX records say" : `to ${destination}`;
      const accept = ground.accepted.has(pattern);
      draft.carry(route, `route: ${what} goes ${goes}`, { kind: "route", pattern, destination, accept });
    }
  }
  planAccepted(tree, ground, draft);
}

/** rcpthosts says only that mail is taken; where it goes, the route says that qmail-remote would have used. */
function planAccepted(tree: QmailTree, { accepted }: Ground, draft: PlanDraft): void {
  const routes = new Map(tree.smtpRoutes?.records.map((route) => [route.pattern, route.destination]));
  for (const [pattern, line] of accepted) {
    const says = `mail for ${pattern} is taken from anybody and sent on`;
    if (routes.has(pattern)) draft.carry(line, says);
    else draft.carry(line, says, { kind: "route", pattern, destination: routes.get("*") ?? "mx", accept: true });
  }
}
