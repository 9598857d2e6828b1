import { posix } from "node:path";
import { canonicalDomain, isDomain } from "#shared/mail/address.js";
import { defaultFileOf } from "#shared/qmail/accounts.js";
import { maildirOf } from "#shared/qmail/dot-qmail.js";
import { bad, type Line, noted, told } from "#shared/qmail/lines.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { VirtualDomain } from "#shared/qmail/virtual-domains.js";
import type { SpokeDraft } from "./change.ts";
import { isInside, type OfficeGround } from "./office-ground.ts";

/** All that decides by a host name: at an office what is its own, and that all else is the hub's. */
export function planHosts(tree: QmailTree, ground: OfficeGround, draft: SpokeDraft): void {
  planOwn(tree, ground, draft);
  draft.tell(tree.virtualDomains?.problems ?? []);
  for (const line of tree.virtualDomains?.records ?? []) planVirtualDomain(line, tree, ground, draft);
  for (const hosts of [tree.rcptHosts, tree.moreRcptHosts]) {
    draft.tell(hosts?.problems ?? []);
    for (const line of hosts?.records ?? []) planRcptHost(line, ground, draft);
  }
  draft.tell(tree.smtpRoutes?.problems ?? []);
  for (const pair of tree.smtpRoutes?.records ?? []) {
    const all = pair.key === "" || pair.value === "" || isInside(ground, canonicalDomain(pair.key).replace(/^\./, ""));
    const says = "a route: from here all that is not the office's own goes to the hub, over the link";
    const cure = `at headquarters \`qrelay hub route set ${pair.key} smtp://${pair.value}\`, if mail for it is to go that way`;
    draft.tell([all ? noted(pair, says, "nothing to do") : told(pair, says, cure)]);
  }
}

/** The tree of another machine would bring its mail and its people here. */
function planOwn({ me, locals }: QmailTree, ground: OfficeGround, draft: SpokeDraft): void {
  draft.tell(me?.problems ?? []);
  draft.tell(locals?.problems ?? []);
  const named = [...(me?.records ?? []), ...(locals?.records ?? [])];
  const [first] = named;
  if (first !== undefined && !named.some(({ text }) => canonicalDomain(text) === ground.host)) {
    const says = `the tree of another machine: neither control/me nor control/locals names ${ground.host}, which this office is`;
    draft.tell([bad(first, says, "name the tree of this office, or write its name into control/locals")]);
    return;
  }
  for (const line of me?.records ?? []) {
    if (canonicalDomain(line.text) === ground.host) draft.carry(line, "this office");
    else draft.tell([noted(line, `the old machine's name: this office is ${ground.host}`, "nothing to do")]);
  }
  for (const line of locals?.records ?? []) planLocal(line, ground, draft);
}

function planLocal(line: Line, { host, domains }: OfficeGround, draft: SpokeDraft): void {
  const domain = canonicalDomain(line.text);
  if (!isDomain(domain)) draft.tell([bad(line, `"${domain}" is no domain`, "write one domain a line")]);
  else if (domain === host) draft.carry(line, "this office, which is final for it");
  else if (domain === "localhost" || !domain.includes(".") || domain === "localhost.localdomain")
    draft.carry(line, "this machine itself, the same as the office");
  else if (domains.includes(domain)) {
    const says = "the organisation's: people of this office get its mail here, all other names are the hub's";
    draft.tell([noted(line, says, "nothing to do")]);
  } else {
    const cure = `at headquarters \`qrelay hub domain add ${domain}\`, if people write to it`;
    draft.tell([told(line, `not this office's name, which is ${host}`, cure)]);
  }
}

/** `:qrelay`: one Maildir for all that is not the office's own. */
function planVirtualDomain(line: VirtualDomain, tree: QmailTree, ground: OfficeGround, draft: SpokeDraft): void {
  if (line.prepend === "") {
    draft.carry(line, "remote, so it went out: from here it goes to the hub, like all that is not the office's own");
    return;
  }
  const found = defaultFileOf(line.prepend, tree.assign?.records ?? [], tree.accounts);
  const instructions = found?.file.instructions ?? [];
  const maildir = maildirOf(instructions);
  if (found !== undefined && maildir !== undefined) {
    ground.used.add(found.file.file);
    draft.carry(line, "mail for the hub: queue/outbound has it from now on");
    draft.adopt({ at: line, maildir: posix.resolve(found.account.home, maildir), prefix: `${line.prepend}-` });
    for (const one of instructions) {
      if (one.does.kind === "maildir") draft.carry(one, `the old outbound queue`);
      else
        draft.tell([
          told(one, "beside the Maildir for the hub: nothing here does this as well", "see spoke/CONFIG.md"),
        ]);
    }
  } else if (found === undefined) {
    const user = line.prepend.split("-")[0] ?? line.prepend;
    const says = `no dot-qmail file was found for ${line.prepend}-default: mail that waits there stays where it is`;
    draft.tell([told(line, says, `say where it is: --home ${user}=FOLDER`)]);
  } else {
    const says = `a domain with people or programs of its own (${found.file.file}): an office has only its own name`;
    draft.tell([told(line, says, "at headquarters `qrelay hub route set`, see `qrelay hub route --help`")]);
  }
}

function planRcptHost(line: Line, ground: OfficeGround, draft: SpokeDraft): void {
  const domain = canonicalDomain(line.text);
  if (!isDomain(domain.replace(/^\./, "")))
    draft.tell([bad(line, `"${domain}" is no domain`, "write a domain, or .SUFFIX for all below it")]);
  else if (domain === ground.host || domain === "localhost" || ground.domains.includes(domain))
    draft.carry(line, "mail for it is taken");
  else {
    const says = "mail for it is taken from those only who may send anywhere";
    const cure = isInside(ground, domain.replace(/^\./, ""))
      ? "nothing to do: strangers write to the hub"
      : "[[smtp.rule]] with relay = true for those who send it";
    draft.tell([noted(line, says, cure)]);
  }
}
