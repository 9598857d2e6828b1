import type { Command } from "commander";
import type { Quota } from "#hub/directory/quotas.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { formatSize, parseSize } from "#shared/cli/units.js";
import { splitAddress } from "#shared/mail/address.js";
import { known } from "./change-person.ts";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";
import { domainOf, personKey } from "./person-key.ts";

/** `qrelay hub quota …`: how much mail a mailbox may hold. */
export function register(parent: Command, io: Io): void {
  const quota = parent.command("quota").description("How much mail somebody's mailbox may hold, here or at an office");
  registerSet(quota, io);
  registerList(quota, io);
  registerShow(quota, io);
  registerRemove(quota, io);
}

const WHOSE = "a person, or a domain for all its people without one of their own";

function registerSet(parent: Command, io: Io): void {
  const set = parent
    .command("set")
    .argument("<person|domain>", WHOSE)
    .argument("<size>", "such as 500M: from then on new mail is refused, or waits")
    .description("Sets a quota; an office hears of it with its people");
  describe(
    set,
    [
      "qrelay hub quota set holly 2G",
      "qrelay hub quota set example.org 500M",
      "qrelay hub quota set shop.example 100M",
    ],
    COMMON_EXITS,
  );
  set.action((given: string, size: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const bytes = parseSize(size);
      if (!bytes) throw new Failure(EXIT.badData, `Cannot take the quota "${size}": wanted a size such as 500M or 2G`);
      const saved = hub.directory.transaction(() => hub.directory.quotas.set(subjectOf(hub, given), bytes));
      const shown = documentOf(hub, saved);
      answer(io, hub.globals, `${wordsOf(shown)} may hold ${formatSize(bytes)}`, shown);
    }),
  );
}

function registerList(parent: Command, io: Io): void {
  const list = parent
    .command("list")
    .description("All quotas; those of domains are for people without one of their own");
  describe(list, ["qrelay hub quota list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const quotas = hub.directory.quotas.list().map((one) => documentOf(hub, one));
      const rows = quotas.map((one) => [one.person ?? `all of ${one.domain}`, formatSize(one.bytes)]);
      answer(io, hub.globals, table(rows, ["WHOSE", "QUOTA"]), { quotas });
    }),
  );
}

function registerShow(parent: Command, io: Io): void {
  const show = parent.command("show").argument("<person|domain>", WHOSE).description("The quota that counts");
  describe(show, ["qrelay hub quota show holly --json"], COMMON_EXITS);
  show.action((given: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const subject = subjectOf(hub, given);
      const bytes = hub.directory.quotas.of(subject);
      if (bytes === undefined)
        throw new Failure(EXIT.badData, `There is no quota for ${given}: it may hold any amount`);
      const shown = documentOf(hub, { subject, bytes });
      answer(io, hub.globals, `${wordsOf(shown)} may hold ${formatSize(bytes)}`, shown);
    }),
  );
}

function registerRemove(parent: Command, io: Io): void {
  const remove = parent
    .command("remove")
    .argument("<person|domain>", WHOSE)
    .description("Takes a quota away: the domain's counts again, or none");
  describe(remove, ["qrelay hub quota remove holly"], COMMON_EXITS);
  remove.action((given: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const subject = subjectOf(hub, given);
      const { bytes } = hub.directory.quotas.get(subject) ?? { bytes: 0 };
      hub.directory.transaction(() => hub.directory.quotas.remove(subject));
      answer(io, hub.globals, `Removed the quota of ${given}`, documentOf(hub, { subject, bytes }));
    }),
  );
}

/** How the table has a person or a domain: a name with a dot in it is the domain, if there is one. */
function subjectOf(hub: Hub, given: string): string {
  const isDomain = !given.includes("@") && hub.directory.domains.get(given) !== undefined;
  return isDomain ? `@${domainOf(hub, given)}` : known(hub, personKey(hub, given)).name;
}

/** Of a quota, for scripts: its keys stay. */
function documentOf(hub: Hub, { subject, bytes }: Quota): { person?: string; domain?: string; bytes: number } {
  const { local, domain } = splitAddress(subject);
  return local === "" ? { domain: domain === "" ? hub.config.domain : domain, bytes } : { person: subject, bytes };
}

function wordsOf({ person, domain }: { person?: string; domain?: string }): string {
  return person === undefined ? `Each mailbox of ${domain} without a quota of its own` : `The mailbox of ${person}`;
}
