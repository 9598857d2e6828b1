import { type Command, Option } from "commander";
import { formatAliasCsv, formatAliasFile } from "#hub/importers/alias-file.js";
import { reportImport } from "#shared/cli/alias-import.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { documentOf, registerVerbs } from "./alias-verbs.ts";
import { importAliases } from "./import-aliases.ts";
import { COMMON_EXITS, withHub } from "./open-hub.ts";
import { readWholeFile } from "./read-file.ts";

/** `qrelay hub alias …`: addresses that stand for others. */
export function register(parent: Command, io: Io): void {
  const alias = parent.command("alias").description("Addresses that stand for others");
  registerVerbs(alias, io, "alias");
  registerImport(alias, io);
  registerExport(alias, io);
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
      const skipBad = options.skipBad === true;
      reportImport(io, hub.globals, file, importAliases(hub, await readWholeFile(file, "import"), skipBad), skipBad);
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
