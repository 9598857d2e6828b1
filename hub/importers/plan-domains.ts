import { hostProblem } from "#hub/directory/names.js";
import { canonicalDomain, isDomain } from "#shared/mail/address.js";
import { bad, type Line, noted, told } from "#shared/qmail/lines.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { HubDraft } from "./change.ts";
import type { Ground } from "./ground.ts";
import { planVirtualDomain } from "./plan-virtual-domain.ts";
import { goes } from "./planned-routes.ts";
import { smtpRouteOf } from "./smtp-routes.ts";

/** The organisation's domains, its offices, and where other mail goes: all that decides by a host name. */
export function planDomains(tree: QmailTree, ground: Ground, draft: HubDraft): void {
  draft.tell(tree.me?.problems ?? []);
  draft.tell(tree.locals?.problems ?? []);
  for (const line of tree.locals?.records ?? []) planLocal(line, ground, draft);
  for (const line of tree.me?.records ?? []) planMe(line, tree, ground, draft);
  draft.tell(tree.virtualDomains?.problems ?? []);
  for (const line of tree.virtualDomains?.records ?? []) planVirtualDomain(line, tree, ground, draft);
  planSmtpRoutes(tree, ground, draft);
  for (const hosts of [tree.rcptHosts, tree.moreRcptHosts]) {
    draft.tell(hosts?.problems ?? []);
    for (const line of hosts?.records ?? []) planRcptHost(line, ground, draft);
  }
  // Told once for the tree: a qmail without rcpthosts was an open relay, and its users may count on it.
  if (tree.me !== undefined && tree.rcptHosts === undefined) {
    const absent = { file: "control/rcpthosts", line: 0, text: "" };
    const says = "absent, so qmail took mail for everywhere from anybody; here it is taken for our own names only";
    draft.tell([noted(absent, says, "[[smtp.rule]] with relay = true for those who may send anywhere")]);
  }
}

function planLocal(line: Line, ground: Ground, draft: HubDraft): void {
  const domain = canonicalDomain(line.text);
  if (!isDomain(domain)) {
    draft.tell([bad(line, `"${domain}" is no domain`, "write one domain a line")]);
    return;
  }
  const found = ground.placeOf(domain);
  if (found.kind === "own") draft.carry(line, found.says);
  else if (found.kind === "office") {
    draft.tell([told(line, `the host of the office ${found.office.name}, whose mail goes there`, "take the line out")]);
  } else if (found.kind === "virtual") {
    const says = `${domain} has people of its own here, and is no other name of the organisation's`;
    draft.tell([told(line, says, "take the line out")]);
  } else if (hostProblem(domain) !== undefined) {
    draft.tell([told(line, "no full domain name: only this machine itself uses it", "nothing to do")]);
  } else {
    ground.domains.add(domain);
    draft.carry(line, `one of the organisation's domains`, { kind: "domain", name: domain });
  }
}

/** Without locals, qmail takes its own name as the only one; beside them the name says only who it is. */
function planMe(line: Line, tree: QmailTree, ground: Ground, draft: HubDraft): void {
  const found = isDomain(line.text) ? ground.placeOf(canonicalDomain(line.text)) : undefined;
  if (tree.locals === undefined || found?.kind === "own" || found === undefined) planLocal(line, ground, draft);
  else {
    const cure = "`qrelay hub domain add` if people write to that name";
    draft.tell([noted(line, `the old machine's name: this hub is ${ground.view.hubHost}`, cure)]);
  }
}

/** rcpthosts says only that mail is taken; where it goes, the route says that qmail would have used. */
function planRcptHost(line: Line, ground: Ground, draft: HubDraft): void {
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
  if (found?.kind === "own" || found?.kind === "virtual") draft.carry(line, `mail for it is taken: ${found.says}`);
  else if (found?.kind === "office") draft.carry(line, `mail for it is taken: the office ${found.office.name}`);
  else {
    ground.routes.accept(line, domain);
    draft.carry(line, `route: mail for ${domain} is taken from anybody, and goes ${goes(ground.routes.get(domain))}`);
  }
}

function planSmtpRoutes(tree: QmailTree, { routes, placeOf }: Ground, draft: HubDraft): void {
  draft.tell(tree.smtpRoutes?.problems ?? []);
  for (const pair of tree.smtpRoutes?.records ?? []) {
    const route = smtpRouteOf(pair);
    if ("weight" in route) {
      draft.tell([route]);
      continue;
    }
    const { pattern, destination } = route;
    const found = /^[.*]/.test(pattern) ? undefined : placeOf(pattern);
    const before = routes.get(pattern);
    if (found !== undefined && found.kind !== "elsewhere") {
      const whose = found.kind === "office" ? `the host of the office ${found.office.name}` : "one of our own names";
      draft.tell([told(route, `a route for ${whose}, which never goes out by SMTP`, "take the line out")]);
    } else if (before !== undefined && before.destination !== destination) {
      const where = `${before.at.file}:${before.at.line}`;
      draft.tell([told(route, `qmail never came to it: ${where} has that mail first`, "take one of them out")]);
    } else {
      routes.add({ at: route, pattern, destination, accept: false });
      const what = pattern === "*" ? "all other mail" : `mail for ${pattern}`;
      draft.carry(route, `route: ${what} goes ${goes(route)}`);
    }
  }
}
