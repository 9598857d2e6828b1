import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { formatSize } from "#shared/cli/units.js";
import {
  addPerson,
  changePassword,
  known,
  type PersonDocument,
  personDocument,
  removePerson,
  suspendPerson,
} from "./change-person.ts";
import { type Office, withOffice } from "./open-office.ts";
import { readPasswordHash } from "./read-password.ts";

/** `qrelay spoke person …`: who has a mailbox in this office. */
export function register(parent: Command, io: Io): void {
  const person = parent.command("person").description("The people of this office");
  registerAdd(person, io);
  registerList(person, io);
  registerShow(person, io);
  registerPassword(person, io);
  registerSuspend(person, io);
  registerRemove(person, io);
}

function registerAdd(person: Command, io: Io): void {
  const add = person
    .command("add")
    .argument("<name>")
    .description("Makes a mailbox for somebody in this office, also before the first contact with the hub")
    .option("--full-name <name>", "as people write it")
    .option("--password-stdin", "the first line of stdin is the password, 8 characters or more");
  describe(
    add,
    ['qrelay spoke person add holly --full-name "Holly Short" --password-stdin < secret'],
    [
      [EXIT.badData, "the name or the password cannot be used"],
      [EXIT.cannotCreate, "there is somebody of that name"],
      [EXIT.config, "the configuration is wrong"],
    ],
  );
  add.action((name: string, options: { fullName?: string; passwordStdin?: boolean }, command: Command) =>
    withOffice(io, command, async (office) => {
      const passwordHash = options.passwordStdin === true ? await readPasswordHash(io) : undefined;
      const made = await addPerson(office, { name, fullName: options.fullName, passwordHash });
      say(io, office, made, `Added ${made.name}, who gets mail at ${made.address}`);
    }),
  );
}

function registerList(person: Command, io: Io): void {
  const list = person.command("list").description("Everybody with a mailbox here");
  describe(list, ["qrelay spoke person list"], [[EXIT.config, "the configuration is wrong"]]);
  list.action((_options: unknown, command: Command) =>
    withOffice(io, command, (office) => {
      const all = office.directory.people.list();
      const people = all.map((one) => personDocument(office, one));
      const rows = people.map((one, at) => [
        all[at]?.name ?? "",
        one.fullName ?? "",
        standing(one),
        one.listed ? "hub" : "this office",
      ]);
      answer(io, office.globals, table(rows, ["NAME", "FULL NAME", "MAY SIGN IN", "GIVEN BY"]), { people });
    }),
  );
}

function registerShow(person: Command, io: Io): void {
  const show = person.command("show").argument("<name>").description("One person and where the mailbox is");
  describe(show, ["qrelay spoke person show holly --json"], [[EXIT.badData, "nobody has that name"]]);
  show.action((name: string, _options: unknown, command: Command) =>
    withOffice(io, command, (office) => {
      const shown = personDocument(office, known(office, name));
      answer(io, office.globals, lines(shown), shown);
    }),
  );
}

function registerPassword(person: Command, io: Io): void {
  const password = person
    .command("password")
    .argument("<name>")
    .description("Sets somebody's password, also for people whom the hub lists")
    .requiredOption("--password-stdin", "the first line of stdin is the password, 8 characters or more");
  describe(
    password,
    ["qrelay spoke person password holly --password-stdin < secret"],
    [[EXIT.badData, "nobody has that name, or the password cannot be used"]],
  );
  password.action((name: string, _options: unknown, command: Command) =>
    withOffice(io, command, async (office) => {
      const changed = changePassword(office, name, await readPasswordHash(io));
      say(io, office, changed, `Changed the password of ${changed.name}`);
    }),
  );
}

function registerSuspend(person: Command, io: Io): void {
  const suspend = person
    .command("suspend")
    .argument("<name>")
    .description("Refuses somebody's mail and signing in; what is in the mailbox stays")
    .option("--off", "lets them back in");
  describe(
    suspend,
    ["qrelay spoke person suspend holly", "qrelay spoke person suspend holly --off"],
    [
      [EXIT.badData, "nobody has that name"],
      [EXIT.notPermitted, "the hub lists this person and decides"],
    ],
  );
  suspend.action((name: string, options: { off?: boolean }, command: Command) =>
    withOffice(io, command, (office) => {
      const changed = suspendPerson(office, name, options.off !== true);
      say(io, office, changed, `${changed.name} is ${changed.suspended ? "suspended" : "no longer suspended"}`);
    }),
  );
}

function registerRemove(person: Command, io: Io): void {
  const remove = person
    .command("remove")
    .argument("<name>")
    .description("Takes somebody out; the mailbox stays on the disk");
  describe(
    remove,
    ["qrelay spoke person remove holly"],
    [
      [EXIT.badData, "nobody has that name"],
      [EXIT.notPermitted, "the hub lists this person and decides"],
    ],
  );
  remove.action((name: string, _options: unknown, command: Command) =>
    withOffice(io, command, (office) => {
      const gone = removePerson(office, name);
      say(io, office, gone, `Removed ${gone.name}; the mail is still in ${gone.maildir}`);
    }),
  );
}

function say(io: Io, office: Office, document: PersonDocument, human: string): void {
  answer(io, office.globals, human, document);
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
    `Mailbox   ${one.maildir}`,
    `Signs in  ${standing(one)}`,
    ...(one.quota === undefined ? [] : [`Quota     ${formatSize(one.quota)}`]),
    `Given by  ${one.listed ? "hub" : "this office"}`,
  ].join("\n");
}
