import type { Command } from "commander";
import type { Domain } from "#hub/directory/domains.js";
import { fallbackOf } from "#hub/routing/route-table.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { canonicalDomain } from "#shared/mail/address.js";
import { known } from "./change-person.ts";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";
import { personKey } from "./person-key.ts";

/** `qrelay hub domain …`: the organisation's own domains, all of them synonyms, and those with people of their own. */
export function register(parent: Command, io: Io): void {
  const domain = parent
    .command("domain")
    .description(
      "The organisation's own domains, in each of which everybody has an address, and domains with people of their own",
    );
  registerAdd(domain, io);
  registerSet(domain, io);
  registerList(domain, io);
  registerShow(domain, io);
  registerRemove(domain, io);
}

interface AddOptions {
  readonly ownPeople?: boolean;
  readonly owner?: string;
}

function registerAdd(parent: Command, io: Io): void {
  const add = parent
    .command("add")
    .argument("<domain>")
    .description("Takes one more domain: for everybody in the organisation, or with people of its own")
    .option("--own-people", "info@DOMAIN is not info of the organisation: its people are added as info@DOMAIN")
    .option("--owner <person>", "who manages the people of such a domain, and nothing else");
  describe(
    add,
    ["qrelay hub domain add example.net", "qrelay hub domain add shop.example --own-people --owner holly"],
    [...COMMON_EXITS, [EXIT.cannotCreate, "it is taken already"]],
  );
  add.action((name: string, { ownPeople = false, owner }: AddOptions, command: Command) =>
    withHub(io, command, (hub) => {
      const { domains } = hub.directory;
      const made = hub.directory.transaction(() => {
        const added = domains.add(name, { ownPeople });
        return owner === undefined ? added : domains.setOwner(added.name, ownerOf(hub, owner));
      });
      const human = ownPeople
        ? `${made.name} has people of its own: add them with \`qrelay hub person add NAME@${made.name} --office OFFICE\``
        : `Everybody now also has an address at ${made.name}`;
      const fallback = fallbackOf(hub.view, made.name);
      if (fallback !== undefined)
        io.err(
          `qrelay: mail for names that nobody has at ${made.name} is taken and goes to ${fallback.destination}, by the route ${made.name}: see \`qrelay hub check\`\n`,
        );
      answer(io, hub.globals, human, documentOf(hub, made));
    }),
  );
}

function registerSet(parent: Command, io: Io): void {
  const set = parent
    .command("set")
    .argument("<domain>")
    .description("Says who manages the people of a domain, and nothing else")
    .option("--owner <person>", "somebody of the organisation, or of the domain itself")
    .option("--no-owner", "only the administrator does");
  describe(set, ["qrelay hub domain set shop.example --owner holly"], COMMON_EXITS);
  set.action((name: string, { owner }: { owner?: string | boolean }, command: Command) =>
    withHub(io, command, (hub) => {
      if (owner === undefined || owner === true)
        throw new Failure(EXIT.usage, "Say what to set: --owner PERSON or --no-owner");
      const person = owner === false ? undefined : ownerOf(hub, owner);
      const changed = hub.directory.transaction(() => hub.directory.domains.setOwner(name, person));
      const human = `The people of ${changed.name} are managed by ${changed.owner ?? "the administrator only"}`;
      answer(io, hub.globals, human, documentOf(hub, changed));
    }),
  );
}

function registerList(parent: Command, io: Io): void {
  const list = parent.command("list").description("All of them, the oldest first");
  describe(list, ["qrelay hub domain list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const domains = hub.directory.domains.list().map((one) => documentOf(hub, one));
      const rows = domains.map((one) => [one.name, kindOf(one), String(one.people), one.owner ?? ""]);
      answer(io, hub.globals, table(rows, ["DOMAIN", "KIND", "PEOPLE", "OWNER"]), { domains });
    }),
  );
}

function registerShow(parent: Command, io: Io): void {
  const show = parent.command("show").argument("<domain>").description("What kind it is, how many people, whose");
  describe(show, ["qrelay hub domain show shop.example --json"], COMMON_EXITS);
  show.action((given: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const found = hub.directory.domains.get(given);
      if (found === undefined)
        throw new Failure(EXIT.badData, `There is no domain "${given}": see \`qrelay hub domain list\``);
      const shown = documentOf(hub, found);
      const lines = [
        `Domain    ${shown.name}`,
        `Kind      ${kindOf(shown)}`,
        `People    ${shown.people}`,
        ...(shown.ownPeople ? [`Owner     ${shown.owner ?? "nobody"}`] : []),
      ];
      answer(io, hub.globals, lines.join("\n"), shown);
    }),
  );
}

function registerRemove(parent: Command, io: Io): void {
  const remove = parent.command("remove").argument("<domain>").description("Gives a domain up");
  describe(
    remove,
    ["qrelay hub domain remove example.net"],
    [...COMMON_EXITS, [EXIT.cannotCreate, "it is still needed, or has people or aliases"]],
  );
  remove.action((given: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const name = canonicalDomain(given);
      if (name === hub.config.domain) {
        throw new Failure(
          EXIT.cannotCreate,
          `Cannot remove ${name}: it is the main domain; set another "domain" in hub.toml first`,
        );
      }
      hub.directory.transaction(() => hub.directory.domains.remove(name));
      answer(io, hub.globals, `${name} is no longer ours: mail for it is now relayed or refused`, { name });
    }),
  );
}

function ownerOf(hub: Hub, given: string): string {
  return known(hub, personKey(hub, given)).name;
}

/** Of a domain, for scripts: its keys stay. */
function documentOf(hub: Hub, { name, ownPeople, owner }: Domain) {
  const people = hub.directory.people.count(ownPeople ? name : "");
  return { name, main: name === hub.config.domain, ownPeople, people, ...(owner === undefined ? {} : { owner }) };
}

function kindOf({ main, ownPeople }: { readonly main: boolean; readonly ownPeople: boolean }): string {
  if (ownPeople) return "own people";
  return main ? "main" : "synonym";
}
