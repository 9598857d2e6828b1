import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { parseDuration } from "#shared/cli/units.js";
import { readPasswordHash } from "#shared/mailbox/read-password.js";
import {
  addPerson,
  known,
  type Leaving,
  localName,
  type MoveQueued,
  maildirOf,
  movePerson,
  type PersonDocument,
  personDocument,
  removePerson,
} from "./change-person.ts";
import { COMMON_EXITS, withHub } from "./open-hub.ts";

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
}

function registerAdd(person: Command, io: Io): void {
  const add = person
    .command("add")
    .argument("<name>")
    .description("Adds somebody: NAME is the part before the @ of the address")
    .requiredOption("--office <office>", "where she is posted")
    .option("--full-name <name>", "as people write it")
    .option("--password-stdin", "the first line of stdin is the password, 8 characters or more");
  describe(
    add,
    ['qrelay hub person add holly --office mazar --full-name "Holly Short" --password-stdin < secret'],
    [...COMMON_EXITS, [EXIT.cannotCreate, "the name is taken"]],
  );
  interface Options {
    office: string;
    fullName?: string;
    passwordStdin?: boolean;
  }
  add.action((given: string, options: Options, command: Command) =>
    withHub(io, command, async (hub) => {
      const name = localName(hub, given);
      const made = await addPerson(hub, {
        name,
        office: options.office,
        ...(options.fullName === undefined ? {} : { fullName: options.fullName }),
        ...(options.passwordStdin === true ? { passwordHash: await readPasswordHash(io.stdin) } : {}),
      });
      const document = personDocument(hub, made);
      answer(io, hub.globals, `Added ${document.address}, posted at ${made.office}`, document);
    }),
  );
}

function registerList(person: Command, io: Io): void {
  const list = person
    .command("list")
    .description("Everybody, by name")
    .option("--office <office>", "only the people of this office");
  describe(list, ["qrelay hub person list --office mazar"], COMMON_EXITS);
  list.action((options: { office?: string }, command: Command) =>
    withHub(io, command, (hub) => {
      const people = hub.directory.people.list(options.office).map((one) => personDocument(hub, one));
      const rows = people.map((one) => [one.name, one.office, one.fullName ?? "", standing(one)]);
      answer(io, hub.globals, table(rows, ["NAME", "OFFICE", "FULL NAME", "MAY SIGN IN"]), { people });
    }),
  );
}

function registerShow(person: Command, io: Io): void {
  const show = person
    .command("show")
    .argument("<name>")
    .description("One person, and where the mailbox is if it is here");
  describe(show, ["qrelay hub person show holly --json"], COMMON_EXITS);
  show.action((given: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const shown = personDocument(hub, known(hub, localName(hub, given)));
      answer(io, hub.globals, lines(shown), shown);
    }),
  );
}

function registerMove(person: Command, io: Io, { moveQueued }: PersonContext): void {
  const move = person
    .command("move")
    .argument("<name>")
    .description("Posts somebody elsewhere and moves the mail that waits for her; safe to give again")
    .requiredOption("--to <office>", "the new office");
  describe(
    move,
    ["qrelay hub person move holly --to herat"],
    [...COMMON_EXITS, [EXIT.tempFail, "posted, but waiting mail was not moved yet: give the command again"]],
  );
  move.action((given: string, options: { to: string }, command: Command) =>
    withHub(io, command, async (hub) => {
      const name = known(hub, localName(hub, given)).name;
      const wasHere = known(hub, name).office === hub.config.office;
      const { person: moved, messages, stale } = await movePerson(hub, name, options.to, moveQueued);
      if (stale.length > 0) io.err(`qrelay: these aliases still name ${name} at another office: ${stale.join(", ")}\n`);
      const here = wasHere && moved.office !== hub.config.office ? `; old mail stays in ${maildirOf(hub, name)}` : "";
      const human = `${name} is posted at ${moved.office}; moved ${messages} waiting messages${here}`;
      answer(io, hub.globals, human, { ...personDocument(hub, moved), moved: messages });
    }),
  );
}

function registerPassword(person: Command, io: Io): void {
  const password = person
    .command("password")
    .argument("<name>")
    .description("Sets somebody's password; her office hears of it with the next window")
    .requiredOption("--password-stdin", "the first line of stdin is the password, 8 characters or more");
  describe(password, ["qrelay hub person password holly --password-stdin < secret"], COMMON_EXITS);
  password.action((given: string, _options: unknown, command: Command) =>
    withHub(io, command, async (hub) => {
      const { name } = known(hub, localName(hub, given));
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
  describe(suspend, ["qrelay hub person suspend holly", "qrelay hub person suspend holly --off"], COMMON_EXITS);
  suspend.action((given: string, options: { off?: boolean }, command: Command) =>
    withHub(io, command, (hub) => {
      const { name } = known(hub, localName(hub, given));
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
    .description("Takes somebody out; a mailbox stays on the disk")
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
    [...COMMON_EXITS, [EXIT.cannotCreate, "aliases still lead there"]],
  );
  remove.action((given: string, options: RemoveOptions, command: Command) =>
    withHub(io, command, (hub) => {
      const gone = personDocument(hub, removePerson(hub, localName(hub, given), leavingOf(options)));
      const kept = gone.maildir === undefined ? "" : `; the mail is still in ${gone.maildir}`;
      const becomes = options.forward === undefined ? "is refused now" : `goes on to ${options.forward}`;
      answer(io, hub.globals, `Removed ${gone.name}: mail for that name ${becomes}${kept}`, gone);
    }),
  );
}

interface RemoveOptions {
  readonly forward?: string;
  readonly notice?: string;
  readonly for: string;
}

/** One line of an SMTP reply holds no more. */
const MAX_NOTICE = 400;

function leavingOf({ forward, notice, for: time }: RemoveOptions): Leaving | undefined {
  const ms = parseDuration(time);
  if (!ms) throw new Failure(EXIT.usage, `Cannot take "--for ${time}": wanted a time such as 90d`);
  if (forward !== undefined && notice !== undefined)
    throw new Failure(EXIT.usage, "Give --forward or --notice, not both: forwarded mail is not refused");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it becomes part of an SMTP reply
  if (notice !== undefined && (notice.length > MAX_NOTICE || /[\x00-\x1f\x7f]/.test(notice)))
    throw new Failure(EXIT.badData, `Cannot take the notice: wanted one line of at most ${MAX_NOTICE} characters`);
  if (forward === undefined && notice === undefined) return undefined;
  return { ms, ...(forward === undefined ? {} : { forward }), ...(notice === undefined ? {} : { notice }) };
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
  ].join("\n");
}
