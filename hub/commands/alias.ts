import { type Command, Option } from "commander";
import type { Alias, NewAlias } from "#hub/directory/aliases.js";
import { saveAliases } from "#hub/directory/save-aliases.js";
import { formatAliasCsv, formatAliasFile } from "#hub/importers/alias-file.js";
import { aliasProblem } from "#hub/routing/alias-check.js";
import { POSTERS } from "#hub/routing/posting.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { importAliases } from "./import-aliases.ts";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";
import { readWholeFile } from "./read-file.ts";

/** `qrelay hub alias …`: addresses that stand for others. */
export function register(parent: Command, io: Io): void {
  const alias = parent.command("alias").description("Addresses that stand for others");
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
    .argument("<name>", "the part before the @, or NAME@DOMAIN for one domain only")
    .argument("<target...>", "people, aliases, any address, or :include:FILE for the addresses in a file")
    .description("Makes an alias, or replaces its targets")
    .option("--owner <address>", "who is responsible for it")
    .addOption(new Option("--post <who>", "who may write to it (else anybody)").choices(POSTERS))
    .option("--moderate", "what others write is held for the owner (without --post: of everybody else)");
  describe(
    set,
    [
      "qrelay hub alias set sales holly bob",
      "qrelay hub alias set staff holly bob --owner anna --post organisation",
      "qrelay hub alias set announce :include:/srv/lists/announce --owner anna --post members --moderate",
      "qrelay hub alias set board chair@example.net --owner holly",
    ],
    [...COMMON_EXITS, [EXIT.cannotCreate, "there is a person of that name"]],
  );
  set.action(
    (name: string, targets: string[], options: Pick<NewAlias, "owner" | "post" | "moderate">, command: Command) =>
      withHub(io, command, (hub) => {
        const [saved] = saveAliases(hub.directory, hub.view, [{ name, targets, ...options }]);
        if (saved !== undefined)
          answer(io, hub.globals, `${saved.name} stands for ${saved.targets.join(", ")}`, documentOf(saved));
      }),
  );
}

function registerList(parent: Command, io: Io): void {
  const list = parent.command("list").description("All aliases");
  describe(list, ["qrelay hub alias list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const aliases = hub.directory.aliases.list().map(documentOf);
      const rows = aliases.map((one) => [one.name, one.owner ?? "", writers(one), one.targets.join(", ")]);
      answer(io, hub.globals, table(rows, ["ALIAS", "OWNER", "WRITTEN TO BY", "STANDS FOR"]), { aliases });
    }),
  );
}

function registerShow(parent: Command, io: Io): void {
  const show = parent.command("show").argument("<name>").description("One alias");
  describe(show, ["qrelay hub alias show sales --json"], COMMON_EXITS);
  show.action((name: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const shown = documentOf(known(hub, name));
      const owner = shown.owner === undefined ? [] : [`Owner       ${shown.owner}`];
      const post = writers(shown) === "" ? [] : [`Written by  ${writers(shown)}`];
      const lines = [`Alias       ${shown.name}`, ...owner, ...post, `Stands for  ${shown.targets.join(", ")}`];
      answer(io, hub.globals, lines.join("\n"), shown);
    }),
  );
}

function registerRemove(parent: Command, io: Io): void {
  const remove = parent.command("remove").argument("<name>").description("Takes an alias away");
  describe(
    remove,
    ["qrelay hub alias remove sales"],
    [...COMMON_EXITS, [EXIT.cannotCreate, "other aliases still lead there"]],
  );
  remove.action((given: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const { name } = hub.directory.transaction(() => removeAlias(hub, given));
      answer(io, hub.globals, `Removed the alias ${name}`, { name });
    }),
  );
}

function registerImport(parent: Command, io: Io): void {
  const load = parent
    .command("import")
    .argument("<file>", 'lines "name: target, target"')
    .description("Sets all aliases of a file, or none of them; others stay")
    .option("--skip-bad", "leaves out the lines that cannot be used");
  describe(load, ["qrelay hub alias import aliases.txt"], [...COMMON_EXITS]);
  load.action((file: string, options: { skipBad?: boolean }, command: Command) =>
    withHub(io, command, async (hub) => {
      const { saved, problems } = importAliases(hub, await readWholeFile(file, "import"), options.skipBad === true);
      const said = problems.map(({ line, text }) => `${file}:${line}: ${text}`);
      if (problems.length > 0 && options.skipBad !== true) {
        throw new Failure(EXIT.badData, [`Cannot import ${file}: nothing was changed`, ...said].join("\n"));
      }
      for (const line of said) io.err(`qrelay: left out ${line}\n`);
      const human = `Set ${saved} aliases${problems.length === 0 ? "" : `, left out ${problems.length}`}`;
      answer(io, hub.globals, human, { set: saved, problems });
    }),
  );
}

function registerExport(parent: Command, io: Io): void {
  const save = parent
    .command("export")
    .description('All aliases as lines "name: target, target", as import takes them')
    .addOption(
      new Option("--format <format>", "text, or CSV with the owners").choices(["text", "csv"]).default("text"),
    );
  describe(save, ["qrelay hub alias export > aliases.txt", "qrelay hub alias export --format csv"], COMMON_EXITS);
  save.action((options: { format: "text" | "csv" }, command: Command) =>
    withHub(io, command, (hub) => {
      const aliases = hub.directory.aliases.list();
      const text = options.format === "csv" ? formatAliasCsv(aliases) : formatAliasFile(aliases);
      answer(io, hub.globals, text, { aliases: aliases.map(documentOf) });
    }),
  );
}

function documentOf({ name, targets, owner, post, moderate }: Alias) {
  return {
    ...{ name, targets },
    ...(owner === undefined ? {} : { owner }),
    ...(post === undefined ? {} : { post }),
    ...(moderate === undefined ? {} : { moderate }),
  };
}

function writers({ post, moderate }: ReturnType<typeof documentOf>): string {
  return moderate ? `${post ?? "owner"}, others held` : (post ?? "");
}

function known(hub: Hub, name: string): Alias {
  const alias = hub.directory.aliases.get(name);
  if (alias !== undefined) return alias;
  throw new Failure(EXIT.badData, `There is no alias "${name}": see \`qrelay hub alias list\``);
}

/** Looked at after the removal: another alias that named it may still reach somebody by it (a role, a person). */
function removeAlias(hub: Hub, name: string): Alias {
  const gone = hub.directory.aliases.remove(name);
  const hosts = [...hub.directory.domains.synonyms(), hub.config.host];
  const naming = hub.directory.aliases.naming([gone.name, ...hosts.map((host) => `${gone.name}@${host}`)]);
  const left = naming.filter((other) => aliasProblem(hub.view, other) !== undefined);
  if (left.length === 0) return gone;
  throw new Failure(
    EXIT.cannotCreate,
    `Cannot remove the alias ${gone.name}: these lead there, change them first: ${left.join(", ")}`,
  );
}
