import { templateProblem } from "#hub/routing/recipient-template.js";
import { ALIAS_USER } from "#shared/qmail/accounts.js";
import type { Instruction } from "#shared/qmail/dot-qmail.js";
import { forwardedBy, isFastforward, isTemplate } from "#shared/qmail/forward-command.js";
import { noted, type Problem, told } from "#shared/qmail/lines.js";
import type { NamedRecord, WildcardRecord } from "#shared/qmail/named-records.js";
import type { HubDraft } from "./change.ts";
import type { Ground } from "./ground.ts";
import { storedAddress, targetsOf } from "./targets.ts";

/** What of a plan's names wildcards have to do with. */
export interface WildcardGround {
  readonly ground: Ground;
  readonly records: readonly NamedRecord[];
  /** The organisation's domains: a route with a `*` is for one of them. */
  readonly domains: readonly string[];
}

/** `.qmail-NAME-default` and `.qmail-default`: routes whose local part ends in `*`, and catch-alls. */
export function planWildcard(record: WildcardRecord, around: WildcardGround, draft: HubDraft): void {
  const { begins, instructions, at } = record;
  const asks = instructions.filter(({ does }) => does.kind === "program" && isFastforward(does.command));
  draft.tell(
    asks.map((one) => noted(one, "fastforward: the aliases it looks up come from their own file", "nothing to do")),
  );
  const others = instructions.filter((one) => !asks.includes(one));
  if (others.length === 0 && asks.length > 0) return;
  const list = /^(.*)-owner-$/.exec(begins)?.[1];
  if (list !== undefined && around.records.some(({ name }) => name === `${list}-owner`)) {
    const says = `an address for each bounce of ${list}; its owner gets them all`;
    draft.tell([noted(at, says, "nothing to do")]);
  } else if (instructions.length === 0) {
    draft.tell([told(at, `${namesOf(begins)}: the mailbox of the account ${record.user}`, SEND_ON)]);
  } else if (begins === "") planCatchAll(record, others, around, draft);
  else planBeginning(record, others, around, draft);
}

const SEND_ON = "name the addresses that are wanted";

function namesOf(begins: string): string {
  return begins === "" ? "every name that has no line of its own" : `every name that begins with "${begins}"`;
}

/** One address or program is a route's own destination; several of them are an alias that it leads to. */
function planBeginning(
  { begins, user, at }: WildcardRecord,
  instructions: readonly Instruction[],
  around: WildcardGround,
  draft: HubDraft,
): void {
  const { ground, domains } = around;
  const read = instructions.map((one) => ({ one, to: destinationsOf(one, begins, user, ground) }));
  draft.tell(read.flatMap(({ to }) => ("weight" in to ? [to] : [])));
  const good = read.flatMap(({ one, to }) => ("weight" in to ? [] : to.map((destination) => ({ one, destination }))));
  const [first, ...more] = good;
  if (first === undefined) return;
  const several = more.length > 0;
  const template = good.find(({ destination }) => isTemplate(destination));
  if (several && template !== undefined) {
    draft.tell([told(template.one, "an address made of the recipient's own, beside others", "leave only one of them")]);
    return;
  }
  for (const domain of domains) {
    const pattern = `${begins}*@${domain}`;
    const alias = `${begins}default@${domain}`;
    const destination = several ? `to:${alias}` : destinationOf(first.destination, ground);
    if (several) draft.change(at, { kind: "alias", name: alias, targets: good.map((one) => one.destination) });
    ground.routes.add({ at, pattern, destination, accept: true });
  }
  const shown = good.map(({ destination }) => destination).join(", ");
  const also = several ? ` by the alias ${begins}default@${domains[0]}` : "";
  draft.carry(first.one, `route: mail for ${begins}*@${domains.join(", @")} goes to ${shown}${also}`);
  for (const { one } of more) if (one.line !== first.one.line) draft.carry(one, `a target of ${begins}* too`);
}

function destinationOf(target: string, { view }: Ground): string {
  if (target.startsWith("|")) return `program:${target.slice(1)}`;
  return `to:${target.includes("@") ? target : `${target}@${view.domain}`}`;
}

/** Targets of one instruction; `forward` may make them of the recipient's parts. */
function destinationsOf(one: Instruction, begins: string, user: string, ground: Ground): readonly string[] | Problem {
  const templates = one.does.kind === "program" ? forwardedBy(one.does.command) : undefined;
  if (templates === undefined || !templates.some(isTemplate)) return targetsOf(one, one.does, ground);
  const ready = templates.map((template) => storedTemplate(template, user, ground));
  const fits =
    begins.indexOf("-") === user.length || user === ALIAS_USER || !templates.some((text) => text.includes("{EXT}"));
  if (fits && ready.every((template) => templateProblem(template) === undefined)) return ready;
  return targetsOf(one, one.does, ground);
}

/** What follows the account's name is EXT; the alias account has none before it. */
function storedTemplate(template: string, user: string, ground: Ground): string {
  const whole = user === ALIAS_USER ? template.replaceAll("{EXT}", "{LOCAL}") : template;
  return storedAddress(whole.includes("@") ? whole : `${whole}@${ground.names.defaultHost}`, ground);
}

/** An alias `@host` comes before those without a host, so it cannot stand beside them. */
function planCatchAll(
  { at }: WildcardRecord,
  instructions: readonly Instruction[],
  { ground, records, domains }: WildcardGround,
  draft: HubDraft,
): void {
  const hidden = ground.plainAliases || records.some(({ name }) => !name.includes("@"));
  const read = instructions.map((one) => ({ one, to: caughtBy(one, ground) }));
  draft.tell(read.flatMap(({ to }) => ("weight" in to ? [to] : [])));
  const good = read.flatMap(({ one, to }) => ("weight" in to ? [] : [{ one, to }]));
  if (good.length === 0) return;
  if (hidden) {
    const says = "a catch-all: here the alias @DOMAIN would come before all aliases without a host";
    const cure = `\`qrelay hub alias set @${domains[0]} TARGET\`, and write the others as NAME@${domains[0]}`;
    draft.tell(good.map(({ one }) => told(one, says, cure)));
    return;
  }
  const targets = good.flatMap(({ to }) => to);
  for (const domain of domains) draft.change(at, { kind: "alias", name: `@${domain}`, targets });
  for (const { one } of good)
    draft.carry(one, `alias ${domains.map((domain) => `@${domain}`).join(", ")}: ${targets.join(", ")}`);
}

function caughtBy(one: Instruction, ground: Ground): readonly string[] | Problem {
  const sent = one.does.kind === "program" ? forwardedBy(one.does.command) : undefined;
  if (sent === undefined || !sent.some(isTemplate)) return targetsOf(one, one.does, ground);
  const says = `every name that nobody has goes on to ${sent.join(" ")}, under its own name: no alias can say that`;
  return told(one, says, "name those who are there as people or aliases");
}
