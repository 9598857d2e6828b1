import type { Command } from "commander";
import type { InstructionRecord } from "#hub/directory/instructions.js";
import { saveInstructions } from "#hub/directory/save-instructions.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { extendedName } from "#shared/mail/instructions.js";
import { COMMON_EXITS, withHub } from "./open-hub.ts";
import { personKey } from "./person-key.ts";
import { readTextFile } from "./read-file.ts";

/** `qrelay hub instructions …`: what people want done with their mail. */
export function register(parent: Command, io: Io): void {
  const instructions = parent
    .command("instructions")
    .description("What becomes of somebody's mail: mailbox, other addresses, programs (qmail's .qmail files)");
  registerSet(instructions, io);
  registerList(instructions, io);
  registerShow(instructions, io);
  registerRemove(instructions, io);
}

/** How an extension is said: for `holly-news@…`, and with `default` for all that begin so. */
const EXTENSION =
  "for mail to PERSON-EXTENSION and PERSON+EXTENSION; default, or BEGINNING-default, stands for the rest";

function registerSet(parent: Command, io: Io): void {
  const set = parent
    .command("set")
    .argument("<person>")
    .argument("[line...]", "./ for the mailbox, an address to forward to, or |COMMAND, in their order")
    .description("Sets the instructions for somebody's mail, or for an extension of the name")
    .option("--extension <extension>", EXTENSION, "")
    .option("--file <file>", "reads the lines from a file, such as a .qmail file");
  describe(
    set,
    [
      "qrelay hub instructions set holly ./ holly@example.net",
      "qrelay hub instructions set holly --extension news-default holly-news@example.net",
      "qrelay hub instructions set holly --file .qmail",
    ],
    COMMON_EXITS,
  );
  set.action((person: string, lines: string[], options: { extension: string; file?: string }, command: Command) =>
    withHub(io, command, async (hub) => {
      if ((lines.length === 0) === (options.file === undefined))
        throw new Failure(EXIT.usage, "Say the instructions, or --file FILE, but not both");
      const text = options.file === undefined ? lines.join("\n") : await readTextFile(options.file, "read");
      const saved = saveInstructions(hub.directory, hub.view, personKey(hub, person), options.extension, text);
      answer(io, hub.globals, `Mail for ${nameOf(saved)}: ${saved.text.split("\n").join(", ")}`, documentOf(saved));
    }),
  );
}

function registerList(parent: Command, io: Io): void {
  const list = parent.command("list").argument("[person]").description("All instructions, or those of one person");
  describe(list, ["qrelay hub instructions list", "qrelay hub instructions list holly"], COMMON_EXITS);
  list.action((person: string | undefined, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const records = hub.directory.instructions.list(person && personKey(hub, person));
      const rows = records.map((one) => [nameOf(one), one.text.split("\n").join(", ")]);
      answer(io, hub.globals, table(rows, ["MAIL FOR", "INSTRUCTIONS"]), { instructions: records.map(documentOf) });
    }),
  );
}

function registerShow(parent: Command, io: Io): void {
  const show = parent
    .command("show")
    .argument("<person>")
    .description("The instructions as a .qmail file would have them")
    .option("--extension <extension>", EXTENSION, "");
  describe(show, ["qrelay hub instructions show holly > holly.qmail"], COMMON_EXITS);
  show.action((person: string, options: { extension: string }, command: Command) =>
    withHub(io, command, (hub) => {
      const found = hub.directory.instructions.get(personKey(hub, person), options.extension);
      if (found === undefined)
        throw new Failure(
          EXIT.badData,
          `There are no such instructions: see \`qrelay hub instructions list ${person}\``,
        );
      answer(io, hub.globals, found.text, documentOf(found));
    }),
  );
}

function registerRemove(parent: Command, io: Io): void {
  const remove = parent
    .command("remove")
    .argument("<person>")
    .description("Takes instructions away: mail goes to the mailbox again")
    .option("--extension <extension>", EXTENSION, "");
  describe(remove, ["qrelay hub instructions remove holly"], COMMON_EXITS);
  remove.action((person: string, options: { extension: string }, command: Command) =>
    withHub(io, command, (hub) => {
      const gone = { person: personKey(hub, person), extension: options.extension };
      hub.directory.instructions.remove(gone.person, gone.extension);
      answer(io, hub.globals, `Removed the instructions for ${nameOf(gone)}`, gone);
    }),
  );
}

function nameOf({ person, extension }: Pick<InstructionRecord, "person" | "extension">): string {
  return extendedName(person, extension);
}

function documentOf({ person, extension, text }: InstructionRecord) {
  return { person, extension, lines: text.split("\n") };
}
