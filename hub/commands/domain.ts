import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { canonicalDomain } from "#shared/mail/address.js";
import { COMMON_EXITS, withHub } from "./open-hub.ts";

/** `qrelay hub domain …`: the organisation's own domains, all of them synonyms. */
export function register(parent: Command, io: Io): void {
  const domain = parent
    .command("domain")
    .description("The organisation's own domains: everybody has an address in each");
  registerAdd(domain, io);
  registerList(domain, io);
  registerRemove(domain, io);
}

function registerAdd(domain: Command, io: Io): void {
  const add = domain.command("add").argument("<domain>").description("Takes one more domain for the organisation");
  describe(add, ["qrelay hub domain add example.net"], [...COMMON_EXITS, [EXIT.cannotCreate, "it is taken already"]]);
  add.action((name: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const made = hub.directory.transaction(() => hub.directory.domains.add(name));
      answer(io, hub.globals, `Everybody now also has an address at ${made.name}`, { name: made.name });
    }),
  );
}

function registerList(domain: Command, io: Io): void {
  const list = domain.command("list").description("All of them, the oldest first");
  describe(list, ["qrelay hub domain list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const domains = hub.directory.domains.list().map(({ name }) => ({ name, main: name === hub.config.domain }));
      const rows = domains.map(({ name, main }) => [name, main ? "main" : ""]);
      answer(io, hub.globals, table(rows, ["DOMAIN", ""]), { domains });
    }),
  );
}

function registerRemove(domain: Command, io: Io): void {
  const remove = domain.command("remove").argument("<domain>").description("Gives a domain up");
  describe(
    remove,
    ["qrelay hub domain remove example.net"],
    [...COMMON_EXITS, [EXIT.cannotCreate, "it is still needed"]],
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
