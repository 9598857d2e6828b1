import { type Command, Option } from "commander";
import type { Alias, NewAlias } from "#hub/directory/aliases.js";
import { saveAliases } from "#hub/directory/save-aliases.js";
import { aliasProblem } from "#hub/routing/alias-check.js";
import { ownerProblem } from "#hub/routing/moderation-check.js";
import { POSTERS } from "#hub/routing/posting.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";

/** A list is an alias that somebody is responsible for. */
export type Noun = "alias" | "list";

/** `set`, `list`, `show` and `remove`, of aliases or of lists. */
export function registerVerbs(parent: Command, io: Io, noun: Noun): void {
  registerSet(parent, io, noun);
  registerList(parent, io, noun);
  registerShow(parent, io, noun);
  registerRemove(parent, io, noun);
}

function registerSet(parent: Command, io: Io, noun: Noun): void {
  const set = parent
    .command("set")
    .argument("<name>", "the part before the @, or NAME@DOMAIN for one domain only")
    .argument("<target...>", "people, aliases, any address, or :include:FILE for the addresses in a file")
    .description(
      noun === "list"
        ? "Makes a list, or replaces its members; the same as `alias set` with an owner"
        : "Makes an alias, or replaces its targets",
    )
    .addOption(new Option("--post <who>", "who may write to it (else anybody)").choices(POSTERS))
    .option("--moderate", "what others write is held for the owner (without --post: of everybody else)");
  const owner = ["--owner <address>", "who is responsible for it, and gets its bounces"] as const;
  if (noun === "list") set.requiredOption(...owner);
  else set.option(...owner);
  describe(
    set,
    noun === "list"
      ? ["qrelay hub list set staff holly bob --owner anna --post organisation"]
      : [
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
        if (saved === undefined) return;
        const unheard = ownerProblem(hub.view, saved.name);
        if (unheard !== undefined) io.err(`qrelay: ${unheard}; its bounces go to the postmaster\n`);
        const who = writers(documentOf(saved));
        const rules = [saved.owner && `owner ${saved.owner}`, who && `written to by ${who}`].filter(Boolean);
        const more = rules.length === 0 ? "" : ` (${rules.join("; ")})`;
        answer(io, hub.globals, `${saved.name} stands for ${saved.targets.join(", ")}${more}`, documentOf(saved));
      }),
  );
}

function registerList(parent: Command, io: Io, noun: Noun): void {
  const list = parent.command("list").description(noun === "list" ? "All aliases with an owner" : "All aliases");
  describe(list, [`qrelay hub ${noun} list`], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const all = hub.directory.aliases.list().map(documentOf);
      const aliases = noun === "list" ? all.filter(({ owner }) => owner !== undefined) : all;
      const rows = aliases.map((one) => [one.name, one.owner ?? "", writers(one), one.targets.join(", ")]);
      const text = table(rows, [noun.toUpperCase(), "OWNER", "WRITTEN TO BY", "STANDS FOR"]);
      answer(io, hub.globals, text, noun === "list" ? { lists: aliases } : { aliases });
    }),
  );
}

function registerShow(parent: Command, io: Io, noun: Noun): void {
  const show = parent.command("show").argument("<name>").description(`One ${noun}`);
  describe(show, [`qrelay hub ${noun} show sales --json`], COMMON_EXITS);
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

function registerRemove(parent: Command, io: Io, noun: Noun): void {
  const remove = parent
    .command("remove")
    .argument("<name>")
    .description(`Takes ${noun === "list" ? "a list" : "an alias"} away`);
  describe(
    remove,
    [`qrelay hub ${noun} remove sales`],
    [...COMMON_EXITS, [EXIT.cannotCreate, "other aliases still lead there"]],
  );
  remove.action((given: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const { name } = hub.directory.transaction(() => removeAlias(hub, given));
      answer(io, hub.globals, `Removed the ${noun} ${name}`, { name });
    }),
  );
}

export function documentOf({ name, targets, owner, post, moderate }: Alias) {
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
