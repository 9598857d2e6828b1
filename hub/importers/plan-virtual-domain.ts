import { posix } from "node:path";
import { officeNameProblem, prefixProblem } from "#hub/directory/names.js";
import { ALIAS_USER, defaultFileOf } from "#shared/qmail/accounts.js";
import type { Instruction } from "#shared/qmail/dot-qmail.js";
import { bad, noted, told } from "#shared/qmail/lines.js";
import type { VirtualDomain } from "#shared/qmail/virtual-domains.js";
import type { PlanDraft } from "./draft-plan.ts";
import type { Ground, QmailTree } from "./plan.ts";

/**
 * The articles' star: `herat.example.org:qrelay-herat`, with a Maildir in `~qrelay/.qmail-herat-default`, is an office.
 * Other virtual domains have people or programs of their own, which the directory cannot hold.
 */
export function planVirtualDomain(line: VirtualDomain, tree: QmailTree, ground: Ground, draft: PlanDraft): void {
  const { covers } = line;
  if (covers.kind === "everything") planEverything(line, tree, ground, draft);
  else if (line.prepend === "") tellRemote(line, draft);
  else if (covers.kind === "suffix") {
    const cure = "name each host, or make an office of each";
    draft.tell([told(line, `everything below ${covers.suffix.slice(1)}: a domain without an end to it`, cure)]);
  } else if (covers.kind === "address") {
    const cure = `\`qrelay hub alias set ${covers.address} TARGET\``;
    draft.tell([told(line, "an address of its own, whose dot-qmail file the directory cannot hold", cure)]);
  } else planHost(line, covers.host, tree, ground, draft);
}

/** Article V says that the domain becomes local; qmail sends its mail out. */
function tellRemote(line: VirtualDomain, draft: PlanDraft): void {
  const says = "remote: a blank prefix makes no domain local, its mail goes out like any other's";
  draft.tell([noted(line, says, "add it with `qrelay hub domain add DOMAIN` if it was meant to be local")]);
}

function planHost(line: VirtualDomain, host: string, tree: QmailTree, ground: Ground, draft: PlanDraft): void {
  const here = ground.placeOf(host);
  const nearest = defaultFileOf(line.prepend, tree.assign?.records ?? [], tree.accounts);
  // Everything that no account has falls to the alias account: most likely the account's home is not in this tree.
  const found = nearest?.exact === true || nearest?.account.user !== ALIAS_USER ? nearest : undefined;
  const instructions = found?.file.instructions ?? [];
  const maildir = maildirOf(instructions);
  if (here.kind === "own" && ground.domains.has(host)) {
    draft.tell([told(line, `${host} is in control/locals, so qmail never comes to this line`, "take one of them out")]);
  } else if (found?.exact === true && instructions.some(isFastforward)) {
    if (here.kind === "elsewhere") {
      ground.domains.add(host);
      draft.carry(line, "one of the organisation's domains: its names are the aliases", { kind: "domain", name: host });
    } else draft.carry(line, "its names are the aliases");
  } else if (here.kind === "own") {
    draft.tell([
      told(line, `${host} is ours: its mail goes by people and aliases, not to ${line.prepend}`, "take the line out"),
    ]);
  } else if (maildir !== undefined) {
    ground.used.add(found?.file.file ?? "");
    const home = found?.account.home ?? "";
    planOffice(line, host, posix.resolve(home, maildir), ground, draft);
    tellOthers(found?.file.instructions ?? [], draft);
  } else if (found === undefined && looksLikeStar(line.prepend, host, ground.view.domain)) {
    planOffice(line, host, undefined, ground, draft);
  } else draft.tell([unknownHost(line, host, found?.file.file)]);
}

function unknownHost(line: VirtualDomain, host: string, file: string | undefined) {
  if (file === undefined) {
    const user = line.prepend.split("-")[0] ?? line.prepend;
    return told(
      line,
      `no dot-qmail file was found for ${line.prepend}-default`,
      `say where it is: --home ${user}=FOLDER`,
    );
  }
  return told(
    line,
    `${host} has people or programs of its own (${file})`,
    "make its people with `qrelay hub person add`",
  );
}

function planOffice(
  line: VirtualDomain,
  host: string,
  maildir: string | undefined,
  ground: Ground,
  draft: PlanDraft,
): void {
  const known = ground.view.officeByHost(host);
  const name = known?.name ?? officeName(line.prepend, host);
  const prefix = `${line.prepend}-`;
  const problem = officeNameProblem(name) ?? prefixProblem(prefix);
  if (problem !== undefined) {
    draft.tell([bad(line, problem, "make the office by hand: `qrelay hub office add NAME --host HOST`")]);
    return;
  }
  ground.offices.set(host, { name, host, paused: false, prefix });
  // It may have left qmail since: then a prefix would make a stock office of it again.
  if (known !== undefined) draft.carry(line, `office ${name}, which is there already: its settings stay`);
  else {
    const change = { kind: "office", name, host, prefix } as const;
    draft.carry(line, `office ${name}, a stock qmail one: mail for ${host} waits in its queue`, change);
  }
  if (maildir !== undefined) draft.adopt({ at: line, maildir, prefix, queue: `office/${name}` });
  else {
    const user = line.prepend.split("-")[0] ?? line.prepend;
    const says = `its dot-qmail file was not found: taken for an office by its name, and mail that waits for it stays where it is`;
    draft.tell([told(line, says, `say where the file is: --home ${user}=FOLDER`)]);
  }
}

/** An office's qmail keeps all that is not its own in one Maildir, for the hub. */
function planEverything(line: VirtualDomain, tree: QmailTree, ground: Ground, draft: PlanDraft): void {
  if (line.prepend === "") {
    draft.carry(line, "all other mail goes out: so it does here");
    return;
  }
  const found = defaultFileOf(line.prepend, tree.assign?.records ?? [], tree.accounts);
  const maildir = maildirOf(found?.file.instructions ?? []);
  if (found === undefined || maildir === undefined) {
    draft.tell([
      told(
        line,
        `all other mail goes to ${line.prepend}, and no Maildir of it was found`,
        "send it on with `qrelay hub route set '*' smtp://HOST`",
      ),
    ]);
    return;
  }
  ground.used.add(found.file.file);
  draft.carry(line, "an outbound queue: here other mail goes out by routes and MX records");
  const cure = `at a spoke, set queue.prefix = "${line.prepend}-" and move its messages into queue/outbound/new`;
  draft.tell([noted(line, "a line that an office's qmail has, for all that is not its own", cure)]);
  draft.adopt({
    at: line,
    maildir: posix.resolve(found.account.home, maildir),
    prefix: `${line.prepend}-`,
    queue: "sorting",
  });
}

function maildirOf(instructions: readonly Instruction[]): string | undefined {
  const found = instructions.flatMap(({ does }) => (does.kind === "maildir" ? [does.path] : []));
  return found.length === 1 ? found[0] : undefined;
}

function isFastforward({ does }: Instruction): boolean {
  return does.kind === "program" && /\bfastforward\b/.test(does.command);
}

function tellOthers(instructions: readonly Instruction[], draft: PlanDraft): void {
  for (const one of instructions) {
    if (one.does.kind === "maildir") draft.carry(one, "the office's queue");
    else
      draft.tell([
        told(
          one,
          "beside the Maildir of an office: nothing here does this as well",
          "see hub/CONFIG.md for what can be set",
        ),
      ]);
  }
}

/** `qrelay-herat` for `herat.example.org`. */
function looksLikeStar(prepend: string, host: string, domain: string): boolean {
  const [label = ""] = host.split(".");
  return prepend.toLowerCase().endsWith(`-${label}`) && host.endsWith(`.${domain}`);
}

/** As the prefix has it; `qrelay-herat` is herat. */
function officeName(prepend: string, host: string): string {
  const [label = ""] = host.split(".");
  const dash = prepend.indexOf("-");
  const named = dash < 0 ? label : prepend.slice(dash + 1).toLowerCase();
  return officeNameProblem(named) === undefined ? named : label;
}
