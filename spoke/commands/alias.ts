import type { Command } from "commander";
import { reportImport } from "#shared/cli/alias-import.js";
import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { hiddenFrom } from "#spoke/alias-check.js";
import type { OfficeAlias } from "#spoke/directory/aliases.js";
import { noAlias, removeAlias, saveAliases } from "#spoke/directory/save-aliases.js";
import { spokeView } from "#spoke/node.js";
import { formatAliasFile, readAliasFile } from "./alias-file.ts";
import { importAliases } from "./import-aliases.ts";
import { type Office, withOffice } from "./open-office.ts";

const EXITS: [ExitCode, string][] = [
  [EXIT.badData, "the value given cannot be used, or names nothing"],
  [EXIT.config, "the configuration or the directory cannot be used"],
];

/** `qrelay spoke alias …`: addresses of this office that stand for others. */
export function register(parent: Command, io: Io): void {
  const alias = parent
    .command("alias")
    .description("Addresses of this office that stand for others: NAME@HOST of the office");
  registerSet(alias, io);
  registerList(alias, io);
  registerShow(alias, io);
  registerRemove(alias, io);
  registerImport(alias, io);
  registerExport(alias, io);
}

function registerSet(parent: Command, io: Io): void {
  const set = parent
    .command("set")
    .argument("<name>", "the part before the @")
    .argument("<target...>", "people here, other aliases of the office, or any address")
    .description("Makes an alias, or replaces its targets")
    .option("--owner <address>", "who is responsible for it");
  describe(
    set,
    ["qrelay spoke alias set radio holly ali", "qrelay spoke alias set store holly maria@example.org --owner holly"],
    [...EXITS, [EXIT.cannotCreate, "there is a person of that name here"]],
  );
  set.action((name: string, targets: string[], options: { owner?: string }, command: Command) =>
    withOffice(io, command, (office) => {
      const { config, directory } = office;
      const view = spokeView(config, directory, Date.now);
      const [saved] = saveAliases(directory, view, [{ name, targets, ...options }], Date.now());
      if (saved === undefined) return;
      const hidden = hiddenFrom(view, saved.name);
      if (hidden !== undefined) io.err(`qrelay: ${saved.name}: ${hidden}\n`);
      answer(
        io,
        office.globals,
        `${saved.name}@${config.host} stands for ${saved.targets.join(", ")}`,
        documentOf(saved),
      );
    }),
  );
}

function registerList(parent: Command, io: Io): void {
  const list = parent.command("list").description("All aliases of this office");
  describe(list, ["qrelay spoke alias list"], EXITS);
  list.action((_options: unknown, command: Command) =>
    withOffice(io, command, (office) => {
      const aliases = allOf(office).map(documentOf);
      const rows = aliases.map((one) => [one.name, one.owner ?? "", one.targets.join(", ")]);
      answer(io, office.globals, table(rows, ["ALIAS", "OWNER", "STANDS FOR"]), { aliases });
    }),
  );
}

function registerShow(parent: Command, io: Io): void {
  const show = parent.command("show").argument("<name>").description("One alias");
  describe(show, ["qrelay spoke alias show radio --json"], EXITS);
  show.action((name: string, _options: unknown, command: Command) =>
    withOffice(io, command, (office) => {
      const { directory } = office;
      const alias = directory.read(() => directory.aliases.get(name));
      if (alias === undefined) throw noAlias(name);
      const owner = alias.owner === undefined ? [] : [`Owner       ${alias.owner}`];
      const lines = [`Alias       ${alias.name}`, ...owner, `Stands for  ${alias.targets.join(", ")}`];
      answer(io, office.globals, lines.join("\n"), documentOf(alias));
    }),
  );
}

function registerRemove(parent: Command, io: Io): void {
  const remove = parent.command("remove").argument("<name>").description("Takes an alias away");
  describe(
    remove,
    ["qrelay spoke alias remove radio"],
    [...EXITS, [EXIT.cannotCreate, "other aliases still lead there"]],
  );
  remove.action((given: string, _options: unknown, command: Command) =>
    withOffice(io, command, (office) => {
      const { config, directory } = office;
      const { name } = removeAlias(directory, spokeView(config, directory, Date.now), given);
      answer(io, office.globals, `Removed the alias ${name}`, { name });
    }),
  );
}

function registerImport(parent: Command, io: Io): void {
  const load = parent
    .command("import")
    .argument("<file>", 'lines "name: target, target"')
    .description("Sets all aliases of a file, or none of them; others stay")
    .option("--skip-bad", "leaves out the lines that cannot be used");
  describe(load, ["qrelay spoke alias import aliases.txt"], [...EXITS]);
  load.action((file: string, options: { skipBad?: boolean }, command: Command) =>
    withOffice(io, command, async (office) => {
      const skipBad = options.skipBad === true;
      reportImport(io, office.globals, file, importAliases(office, await readAliasFile(file), skipBad), skipBad);
    }),
  );
}

function registerExport(parent: Command, io: Io): void {
  const save = parent
    .command("export")
    .description('All aliases as lines "name: target, target", as import takes them');
  describe(save, ["qrelay spoke alias export > aliases.txt"], EXITS);
  save.action((_options: unknown, command: Command) =>
    withOffice(io, command, (office) => {
      const aliases = allOf(office);
      answer(io, office.globals, formatAliasFile(aliases), { aliases: aliases.map(documentOf) });
    }),
  );
}

function allOf({ directory }: Office): OfficeAlias[] {
  return directory.read(() => directory.aliases.list());
}

function documentOf({ name, targets, owner }: OfficeAlias) {
  return { name, targets, ...(owner === undefined ? {} : { owner }) };
}
