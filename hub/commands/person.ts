import type { Command } from "commander";
import { Maildir } from "node-maildir";
import { mayManage } from "#hub/directory/may-manage.js";
import type { Person } from "#hub/directory/people.js";
import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { formatSize } from "#shared/cli/units.js";
import { readPasswordHash } from "#shared/mailbox/read-password.js";
import {
  addPerson,
  changeLeaver,
  known,
  type MoveQueued,
  maildirOf,
  movePerson,
  type PersonDocument,
  personDocument,
  removePerson,
} from "./change-person.ts";
import { leaverDocument, leaverLines } from "./leaver-document.ts";
import { leavingOf, type RemoveOptions } from "./leaving-options.ts";
import { followingInWords, moveMailbox } from "./move-mailbox.ts";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";
import { type Acting, domainOf, managedKey, personKey } from "./person-key.ts";

/** What the composition root gives: only it knows the queues and the daemon. */
export interface PersonContext {
  readonly moveQueued: MoveQueued;
}

/** `qrelay hub person …`: the people of the whole organisation. */
export function register(parent: Command, io: Io, context: PersonContext): void {
  const person = parent.command("person").description("The people of the organisation and where they are posted");
  registerAdd(person, io);
  registerList(person, io);
  registerShow(person, io);
  registerMove(person, io, context);
  registerPassword(person, io);
  registerSuspend(person, io);
  registerRemove(person, io);
  for (const verb of person.commands)
    verb.option(
      "--as <person>",
      "acts with this person's rights: an owner of a domain manages its people, nobody else does",
    );
}

const EXITS: [ExitCode, string][] = [...COMMON_EXITS, [EXIT.notPermitted, "whom --as names may not do that"]];

function registerAdd(person: Command, io: Io): void {
  const add = person
    .command("add")
    .argument("<name>")
    .description("Adds somebody: NAME is the part before the @, or the address in a domain with people of its own")
    .requiredOption("--office <office>", "where she is posted")
    .option("--full-name <name>", "as people write it")
    .option("--password-stdin", "the first line of stdin is the password, 8 characters or more");
  describe(
    add,
    [
      'qrelay hub person add holly --office mazar --full-name "Holly Short" --password-stdin < secret',
      "qrelay hub person add info@shop.example --office herat",
    ],
    [...EXITS, [EXIT.cannotCreate, "the name is taken"]],
  );
  interface Options extends Acting {
    office: string;
    fullName?: string;
    passwordStdin?: boolean;
  }
  add.action((given: string, options: Options, command: Command) =>
    withHub(io, command, async (hub) => {
      const name = managedKey(hub, given, options);
      const made = await addPerson(hub, {
        name,
        office: options.office,
        ...(options.fullName === undefined ? {} : { fullName: options.fullName }),
        ...(options.passwordStdin === true ? { passwordHash: await readPasswordHash(io.stdin) } : {}),
      });
      const document = personDocument(hub, made);
      const old = document.maildir === undefined ? 0 : (await new Maildir(document.maildir).list()).length;
      if (old > 0)
        io.err(
          `qrelay: ${document.maildir} has ${old} messages of somebody who had that name before: move it away if this is another person\n`,
        );
      answer(io, hub.globals, `Added ${document.address}, posted at ${made.office}`, document);
    }),
  );
}

function registerList(person: Command, io: Io): void {
  const list = person
    .command("list")
    .description("Everybody, by name")
    .option("--office <office>", "only the people of this office")
    .option("--domain <domain>", "only the people of this domain");
  describe(list, ["qrelay hub person list --office mazar", "qrelay hub person list --domain shop.example"], EXITS);
  list.action((options: Acting & { office?: string; domain?: string }, command: Command) =>
    withHub(io, command, (hub) => {
      const found = listed(hub, options);
      const people = found.map((one) => personDocument(hub, one));
      const rows = people.map((one, at) => [found[at]?.name ?? "", one.office, one.fullName ?? "", standing(one)]);
      answer(io, hub.globals, table(rows, ["NAME", "OFFICE", "FULL NAME", "MAY SIGN IN"]), { people });
    }),
  );
}

function registerShow(person: Command, io: Io): void {
  const show = person
    .command("show")
    .argument("<name>")
    .description("One person, and where the mailbox is if it is here");
  describe(show, ["qrelay hub person show holly --json", "qrelay hub person show info@shop.example"], EXITS);
  show.action((given: string, options: Acting, command: Command) =>
    withHub(io, command, (hub) => {
      const key = managedKey(hub, given, options);
      const left = hub.directory.people.get(key) === undefined ? hub.directory.departures.leaver(key) : undefined;
      if (left !== undefined) return answer(io, hub.globals, leaverLines(left), leaverDocument(left));
      const shown = personDocument(hub, known(hub, key));
      answer(io, hub.globals, lines(shown), shown);
    }),
  );
}

function registerMove(person: Command, io: Io, { moveQueued }: PersonContext): void {
  const move = person
    .command("move")
    .argument("<name>")
    .description("Posts somebody elsewhere and moves the mail that waits for her; safe to give again")
    .requiredOption("--to <office>", "the new office")
    .option("--with-mailbox", "her old mail follows, from headquarters at once, from an office with its next windows");
  describe(
    move,
    ["qrelay hub person move holly --to herat", "qrelay hub person move holly --to herat --with-mailbox"],
    [...EXITS, [EXIT.tempFail, "posted, but waiting mail was not moved yet: give the command again"]],
  );
  move.action((given: string, options: Acting & { to: string; withMailbox?: boolean }, command: Command) =>
    withHub(io, command, async (hub) => {
      const name = known(hub, managedKey(hub, given, options)).name;
      const wasHere = known(hub, name).office === hub.config.office;
      const { person: moved, messages, stale } = await movePerson(hub, name, options.to, moveQueued);
      if (stale.length > 0) io.err(`qrelay: these aliases still name ${name} at another office: ${stale.join(", ")}\n`);
      const following = options.withMailbox === true ? await moveMailbox(hub, name) : undefined;
      const stays = wasHere && moved.office !== hub.config.office ? `; old mail stays in ${maildirOf(hub, name)}` : "";
      const old = following === undefined ? stays : followingInWords(following);
      const human = `${name} is posted at ${moved.office}; moved ${messages} waiting messages${old}`;
      const mailbox = following === undefined ? {} : { mailbox: { ...following.here, later: following.later } };
      answer(io, hub.globals, human, { ...personDocument(hub, moved), moved: messages, ...mailbox });
    }),
  );
}

function registerPassword(person: Command, io: Io): void {
  const password = person
    .command("password")
    .argument("<name>")
    .description("Sets somebody's password; her office hears of it with the next window")
    .requiredOption("--password-stdin", "the first line of stdin is the password, 8 characters or more");
  describe(password, ["qrelay hub person password holly --password-stdin < secret"], EXITS);
  password.action((given: string, options: Acting, command: Command) =>
    withHub(io, command, async (hub) => {
      const { name } = known(hub, managedKey(hub, given, options));
      const hash = await readPasswordHash(io.stdin);
      const changed = hub.directory.transaction(() => hub.directory.people.setPassword(name, hash));
      answer(io, hub.globals, `Changed the password of ${name}`, personDocument(hub, changed));
    }),
  );
}

function registerSuspend(person: Command, io: Io): void {
  const suspend = person
    .command("suspend")
    .argument("<name>")
    .description("Refuses somebody's mail and signing in; what is in the mailbox stays")
    .option("--off", "lets her back in");
  describe(suspend, ["qrelay hub person suspend holly", "qrelay hub person suspend holly --off"], EXITS);
  suspend.action((given: string, options: Acting & { off?: boolean }, command: Command) =>
    withHub(io, command, (hub) => {
      const { name } = known(hub, managedKey(hub, given, options));
      const changed = hub.directory.transaction(() => hub.directory.people.suspend(name, options.off !== true));
      const human = `${name} is ${changed.suspended ? "suspended" : "no longer suspended"}`;
      answer(io, hub.globals, human, personDocument(hub, changed));
    }),
  );
}

function registerRemove(person: Command, io: Io): void {
  const remove = person
    .command("remove")
    .argument("<name>")
    .description(
      "Takes somebody out; a mailbox stays on the disk. Of who has left: changes what becomes of her mail, or ends it",
    )
    .option("--forward <address>", "where her mail goes on to for a while")
    .option("--notice <text>", "what its writers are told for a while, such as whom to write to")
    .option("--for <time>", "how long, such as 90d", "90d");
  describe(
    remove,
    [
      "qrelay hub person remove holly",
      "qrelay hub person remove holly --forward holly@example.net --for 180d",
      'qrelay hub person remove holly --notice "Holly has left, write to info@example.org"',
    ],
    [...EXITS, [EXIT.cannotCreate, "aliases still lead there"]],
  );
  remove.action((given: string, options: RemoveOptions, command: Command) =>
    withHub(io, command, (hub) => {
      const key = managedKey(hub, given, options);
      if (hub.directory.people.get(key) === undefined && hub.directory.departures.leaver(key) !== undefined) {
        const left = changeLeaver(hub, key, leavingOf(options));
        const says =
          left === undefined ? `Nothing is left of ${key}: mail for that name is refused` : leaverLines(left);
        return answer(io, hub.globals, says, left === undefined ? { name: key, left: false } : leaverDocument(left));
      }
      const gone = personDocument(hub, removePerson(hub, key, leavingOf(options)));
      const kept = gone.maildir === undefined ? "" : `; the mail is still in ${gone.maildir}`;
      const becomes = options.forward === undefined ? "is refused now" : `goes on to ${options.forward}`;
      answer(io, hub.globals, `Removed ${key}: mail for that name ${becomes}${kept}`, gone);
    }),
  );
}

/** The administrator's whole list, or what somebody may manage of it. */
function listed(hub: Hub, { office, domain, as }: { office?: string; domain?: string } & Acting): Person[] {
  const within = domain === undefined ? undefined : domainOf(hub, domain);
  const all = within === undefined ? hub.directory.people.list(office) : hub.directory.people.inDomain(within);
  const account = as === undefined ? undefined : personKey(hub, as);
  return all
    .filter((one) => office === undefined || one.office === office)
    .filter((one) => account === undefined || mayManage(hub.directory, account, one.name));
}

function standing(one: PersonDocument): string {
  if (one.suspended) return "suspended";
  return one.password ? "yes" : "no password";
}

function lines(one: PersonDocument): string {
  return [
    `Name      ${one.name}`,
    ...(one.fullName === undefined ? [] : [`Full name ${one.fullName}`]),
    `Address   ${one.address}`,
    `Office    ${one.office}`,
    ...(one.maildir === undefined ? [] : [`Mailbox   ${one.maildir}`]),
    `Signs in  ${standing(one)}`,
    ...(one.quota === undefined ? [] : [`Quota     ${formatSize(one.quota)}`]),
  ].join("\n");
}
